//! The stable codes. Each has one constant here and one page, `docs/errors/<code>.md`, which `hexapla explain` prints.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*
        /// All codes, in order.
        pub const ALL: &[&str] = &[$($code),*];
    };
}

codes! {
    /// The text does not follow the grammar.
    SYNTAX = "E0101";
    /// The text is too large or nested too deeply.
    TOO_LARGE = "E0102";
    /// No tensor or hyperparameter of this name is in scope.
    UNKNOWN_NAME = "E0201";
    /// No pattern, block or shared instance has this name.
    UNKNOWN_PATTERN = "E0202";
    /// The name is taken.
    DUPLICATE_NAME = "E0203";
    /// A value that nothing uses.
    UNUSED = "E0204";
    /// A block that contains itself.
    RECURSION = "E0205";
    /// A file that cannot be imported.
    IMPORT = "E0206";
    /// A word that the language keeps for itself.
    RESERVED = "E0207";
    /// A value of the wrong type.
    WRONG_TYPE = "E0301";
    /// A hyperparameter without a value.
    MISSING_ARGUMENT = "E0302";
    /// A hyperparameter that the pattern does not have.
    UNKNOWN_ARGUMENT = "E0303";
    /// An integer division that leaves a remainder.
    INEXACT_DIVISION = "E0304";
    /// A value outside of what the pattern accepts.
    BAD_VALUE = "E0305";
    /// A wording that frameworks read differently.
    AMBIGUOUS = "E0306";
    /// A tensor in the place of a hyperparameter, or the reverse.
    TENSOR_OR_NUMBER = "E0307";
    /// Shapes that do not meet.
    SHAPE_MISMATCH = "E0401";
    /// A shape claim that does not hold.
    SHAPE_CLAIM = "E0402";
    /// Branches that give different shapes.
    BRANCHES_DIFFER = "E0403";
    /// The wrong number or kind of tensors.
    WRONG_INPUT = "E0404";
    /// A requirement of the spec that does not hold.
    REQUIREMENT = "E0405";
    /// A claim on parameters or multiply-accumulates that does not hold.
    CLAIM = "E0501";
    /// A limit that protects the machine.
    LIMIT = "E0601";
    /// A pattern that a column cannot express.
    UNSUPPORTED = "E0701";
    /// A structure that cannot be written as generated code.
    NOT_EXPRESSIBLE = "E0702";
}
