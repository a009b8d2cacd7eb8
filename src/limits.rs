//! Limits that keep a hostile spec from eating the machine. Each is far above what a paper needs.

/// Bytes of a spec with all that it imports.
pub const SOURCE_BYTES: usize = 8 << 20;
/// Lines of one file.
pub const SOURCE_LINES: usize = 50_000;
/// Bytes of one line.
pub const LINE_BYTES: usize = 10_000;
/// Depth of nested bodies and expressions.
pub const NESTING: usize = 64;
/// Findings that are told of one spec.
pub const ERRORS: usize = 1000;
/// Findings on the shapes and figures of one configuration: most are consequences of the first.
pub const CONSEQUENCES: usize = 100;
/// Unknown names of one definition that are compared with all that are known.
pub const GUESSES: usize = 100;
/// Hyperparameters, inputs, sizes of all inputs or outputs of one definition.
pub const HEADER: usize = 1000;
/// Files that one spec imports, directly or not.
pub const IMPORTS: usize = 256;
/// Lines that import, in all files of a spec.
pub const IMPORT_LINES: usize = 2_000;
/// Loops within loops of one definition: to write a loop, its body is looked at more than once.
pub const LOOPS: usize = 8;
/// Applications of patterns after all blocks and repetitions are unrolled.
pub const APPLICATIONS: u64 = 300_000;
/// Depth of blocks within blocks.
pub const BLOCK_DEPTH: usize = 128;
/// Tensors that one pattern gives.
pub const TENSORS: usize = 1000;
/// Largest size of one dimension and of a hyperparameter that becomes one.
pub const SIZE: i64 = 1 << 40;
/// Bytes of one file of a column.
pub const TEMPLATE_BYTES: usize = 8 << 20;
/// Bytes of a generated file that is read, to be compared: a golden file, or one that would be overwritten.
pub const GENERATED_BYTES: usize = 16 << 20;
/// Bytes of one file of the cache.
pub const CACHE_BYTES: usize = 16 << 20;
/// Seconds that one call of uv may take: the first `verify` fetches some hundred megabytes. `HEXAPLA_UV_TIMEOUT` sets another limit.
pub const UV_SECONDS: u64 = 3600;
/// Seconds within which a program has to say which version it is.
pub const ANSWER_SECONDS: u64 = 30;
