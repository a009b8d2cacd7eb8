//! Arithmetic on hyperparameters and sizes.
//!
//! The same evaluator serves specs and the declarations of patterns, with known numbers and with symbols. A comparison that symbols leave
//! open gives [`Value::Unknown`], never a guess.

use super::contraction;
use super::pattern::{AXIS, INPUT};
use super::value::Value;
use crate::diagnostic::{Diagnostic, codes};
use crate::dim::Dim;
use crate::limits;
use crate::span::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Name, UnaryOp};
use crate::syntax::print;

/// Where names get their values.
pub trait Scope {
    /// The value of a name, or nothing if it has none (then it is taken for a word).
    fn value(&self, name: &str) -> Option<Value>;
    /// The size that `tensor.attribute` stands for.
    ///
    /// # Errors
    /// The finding, if there is no such tensor or it has no such dimension.
    fn attribute(&self, tensor: &Name, attribute: &Name) -> Result<Value, Diagnostic>;
    /// Whether a parameter was written by the caller, rather than left to its default.
    fn given(&self, name: &str) -> bool {
        let _ = name;
        false
    }
    /// Whether sizes that can't be proven equal count as different. Not while a block is looked at on its own, where they may well
    /// be equal for each of its instances.
    fn strict(&self) -> bool {
        true
    }
}

/// What an evaluation gives; the finding is boxed because it is large and rare.
pub type Outcome<T> = Result<T, Box<Diagnostic>>;

/// Evaluates an expression.
///
/// # Errors
/// A value of the wrong type, an inexact division, or a number out of range.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Outcome<Value> {
    match &expr.kind {
        ExprKind::Int(value) => Ok(Value::int(*value)),
        ExprKind::Float { value, .. } | ExprKind::Quantity { value, .. } => Ok(Value::Float(*value)),
        ExprKind::Bool(value) => Ok(Value::Bool(*value)),
        ExprKind::Size(sizes) => Ok(Value::List(sizes.iter().copied().map(Value::int).collect())),
        ExprKind::Str(text) => Ok(Value::Word(text.clone())),
        ExprKind::Name(name) => Ok(scope.value(name).unwrap_or_else(|| Value::Word(name.clone()))),
        ExprKind::Attribute { tensor, attribute } => Ok(scope.attribute(tensor, attribute)?),
        ExprKind::List(items) => list(items, scope).map(Value::List),
        ExprKind::Splat(inner) => evaluate(inner, scope),
        ExprKind::Unary(op, operand) => unary(*op, evaluate(operand, scope)?, operand.span),
        ExprKind::Binary(op, left, right) => {
            let left_value = evaluate(left, scope)?;
            // `and` and `or` stop early, as in Python: `stride > 1 and x % stride == 0`.
            match (op, &left_value) {
                (BinaryOp::And, Value::Bool(false)) | (BinaryOp::Or, Value::Bool(true)) => return Ok(left_value),
                _ => {}
            }
            let right_value = evaluate(right, scope)?;
            binary(*op, &left_value, &right_value, left.span.to(right.span))
                .map_err(|finding| told_of(finding, *op, left, right))
        }
        ExprKind::Call(name, arguments) => call(name, arguments, expr.span, scope),
        ExprKind::Choice { condition, then, otherwise } => match evaluate(condition, scope)? {
            Value::Bool(true) => evaluate(then, scope),
            Value::Bool(false) => evaluate(otherwise, scope),
            Value::Unknown => {
                let (then, otherwise) = (evaluate(then, scope)?, evaluate(otherwise, scope)?);
                Ok(if then == otherwise { then } else { Value::Unknown })
            }
            other => Err(wrong(condition.span, "true or false", &other)),
        },
    }
}

/// Evaluates the items of a list, `value...` spliced in.
///
/// # Errors
/// As [`evaluate`].
pub fn list(items: &[Expr], scope: &dyn Scope) -> Outcome<Vec<Value>> {
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        match (&item.kind, evaluate(item, scope)?) {
            (ExprKind::Splat(_), Value::List(inner)) => values.extend(inner),
            (_, value) => values.push(value),
        }
    }
    Ok(values)
}

/// Says what was written where a division fails.
fn told_of(mut finding: Box<Diagnostic>, op: BinaryOp, left: &Expr, right: &Expr) -> Box<Diagnostic> {
    let known = |expr: &Expr| matches!(expr.kind, ExprKind::Int(_));
    if finding.code != codes::INEXACT_DIVISION || !finding.fixes.is_empty() || op != BinaryOp::Divide {
        return finding;
    }
    let (a, b) = (print::expression(left), print::expression(right));
    let simple = |expr: &Expr| !matches!(expr.kind, ExprKind::Binary(..) | ExprKind::Choice { .. });
    let a = if simple(left) { a } else { format!("({a})") };
    let b = if simple(right) { b } else { format!("({b})") };
    if !(known(left) && known(right)) {
        finding.message = format!("`{a} / {b}` is not a whole number");
    }
    let span = left.span.to(right.span);
    Box::new(finding.fix("to round down, write", span, format!("floor({a} / {b})")))
}

fn wrong(span: Span, expected: &str, found: &Value) -> Box<Diagnostic> {
    let message = format!("expected {expected}, found {}", found.kind());
    Box::new(Diagnostic::error(codes::WRONG_TYPE, message).at(span, format!("`{found}` is {}", found.kind())))
}

fn out_of_range(span: Span) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(codes::LIMIT, "this number is too large")
            .at(span, "does not fit into 63 bits, or is a formula without end"),
    )
}

fn by_zero(span: Span) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(codes::BAD_VALUE, "this divides by zero").at(span, "the divisor is 0"))
}

fn unary(op: UnaryOp, value: Value, span: Span) -> Outcome<Value> {
    match (op, value) {
        (_, Value::Unknown) => Ok(Value::Unknown),
        (UnaryOp::Negate, Value::Int(dim)) => dim.negate().map(Value::Int).ok_or_else(|| out_of_range(span)),
        (UnaryOp::Negate, Value::Float(value)) => Ok(Value::Float(-value)),
        (UnaryOp::Not, Value::Bool(value)) => Ok(Value::Bool(!value)),
        (op, Value::List(values)) => {
            values.into_iter().map(|value| unary(op, value, span)).collect::<Outcome<_>>().map(Value::List)
        }
        (UnaryOp::Negate, other) => Err(wrong(span, "a number", &other)),
        (UnaryOp::Not, other) => Err(wrong(span, "true or false", &other)),
    }
}

fn binary(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Outcome<Value> {
    use BinaryOp as B;
    match (left, right) {
        // Lists meet element by element; a single value meets every element.
        (Value::List(a), Value::List(b)) if !matches!(op, B::Equal | B::NotEqual) || a.len() == b.len() => {
            if a.len() != b.len() {
                let message = format!("a list of {} values meets a list of {}", a.len(), b.len());
                return Err(Box::new(
                    Diagnostic::error(codes::WRONG_TYPE, message).at(span, "lists meet value by value"),
                ));
            }
            a.iter().zip(b).map(|(a, b)| binary(op, a, b, span)).collect::<Outcome<_>>().map(Value::List)
        }
        (Value::List(a), b) => a.iter().map(|a| binary(op, a, b, span)).collect::<Outcome<_>>().map(Value::List),
        (a, Value::List(b)) => b.iter().map(|b| binary(op, a, b, span)).collect::<Outcome<_>>().map(Value::List),
        _ => match op {
            B::And | B::Or => logical(op, left, right, span),
            B::Equal | B::NotEqual | B::Less | B::LessEqual | B::Greater | B::GreaterEqual => {
                compare(op, left, right, span)
            }
            _ => arithmetic(op, left, right, span),
        },
    }
}

fn logical(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Outcome<Value> {
    let decisive = op == BinaryOp::Or;
    for value in [left, right] {
        if !matches!(value, Value::Bool(_) | Value::Unknown) {
            return Err(wrong(span, "true or false", value));
        }
    }
    Ok(if [left, right].contains(&&Value::Bool(decisive)) {
        Value::Bool(decisive)
    } else if [left, right].contains(&&Value::Unknown) {
        Value::Unknown
    } else {
        Value::Bool(!decisive)
    })
}

fn compare(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Outcome<Value> {
    use BinaryOp as B;
    if let (Value::Word(_) | Value::Bool(_), _) | (_, Value::Word(_) | Value::Bool(_)) = (left, right) {
        return match (op, left, right) {
            (_, Value::Unknown, _) | (_, _, Value::Unknown) => Ok(Value::Unknown),
            (B::Equal, ..) => Ok(Value::Bool(left == right)),
            (B::NotEqual, ..) => Ok(Value::Bool(left != right)),
            (_, Value::Int(_) | Value::Float(_), other) | (_, other, _) => {
                Err(wrong(span, "numbers to compare", other))
            }
        };
    }
    let ordering = match (left, right) {
        (Value::Unknown, _) | (_, Value::Unknown) => None,
        (Value::Int(a), Value::Int(b)) => {
            let difference = a.subtract(b).ok_or_else(|| out_of_range(span))?;
            match difference.constant() {
                Some(value) => Some(value.cmp(&0)),
                // Sizes are at least one, so a sum of positive terms is positive.
                None if a.surely_differs(b) => Some(if difference.terms()[0].1 > 0 {
                    std::cmp::Ordering::Greater
                } else {
                    std::cmp::Ordering::Less
                }),
                None => None,
            }
        }
        (a, b) => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
    };
    let Some(ordering) = ordering else { return Ok(Value::Unknown) };
    Ok(Value::Bool(match op {
        B::Equal => ordering.is_eq(),
        B::NotEqual => ordering.is_ne(),
        B::Less => ordering.is_lt(),
        B::LessEqual => ordering.is_le(),
        B::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    }))
}

fn arithmetic(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Outcome<Value> {
    use BinaryOp as B;
    match (left, right) {
        (_, Value::Int(Dim::Constant(0))) if matches!(op, B::Divide | B::FloorDivide | B::Remainder) => {
            Err(by_zero(span))
        }
        (Value::Unknown, _) | (_, Value::Unknown) => Ok(Value::Unknown),
        (Value::Int(a), Value::Int(b)) => {
            let result = match op {
                B::Add => a.add(b),
                B::Subtract => a.subtract(b),
                B::Multiply => a.multiply(b),
                B::FloorDivide => a.floor_divide(b),
                B::Remainder => a.remainder(b),
                B::Power => a.power(b),
                _ => a.divide(b).map_err(|remainder| {
                    Box::new(
                        Diagnostic::error(codes::INEXACT_DIVISION, format!("{a} / {b} is not a whole number"))
                            .at(span, format!("{a} / {b} leaves {remainder}"))
                            .help("`/` on whole numbers must be exact"),
                    )
                })?,
            };
            result.map(Value::Int).ok_or_else(|| out_of_range(span))
        }
        (a, b) => {
            let (Some(x), Some(y)) = (a.as_number(), b.as_number()) else {
                let symbolic = |value: &Value| matches!(value, Value::Int(_));
                if (symbolic(a) || a.as_number().is_some()) && (symbolic(b) || b.as_number().is_some()) {
                    return Ok(Value::Unknown);
                }
                let other = if matches!(a, Value::Int(_) | Value::Float(_)) { b } else { a };
                return Err(wrong(span, "numbers", other));
            };
            let value = match op {
                B::Add => x + y,
                B::Subtract => x - y,
                B::Multiply => x * y,
                B::FloorDivide => (x / y).floor(),
                B::Remainder => x.rem_euclid(y),
                B::Power => x.powf(y),
                _ => x / y,
            };
            match value {
                value if value.is_finite() => Ok(Value::Float(value)),
                _ if y == 0.0 && matches!(op, B::Divide | B::FloorDivide | B::Remainder) => Err(by_zero(span)),
                _ => Err(out_of_range(span)),
            }
        }
    }
}

/// The functions of the language, with what they take.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("max", "the largest of several numbers"),
    ("min", "the smallest of several numbers"),
    ("sum", "the sum of a list"),
    ("product", "the product of a list"),
    ("any", "whether something in a list is true"),
    ("all", "whether everything in a list is true"),
    ("sqrt", "the square root"),
    ("length", "the number of items in a list"),
    ("given", "whether a parameter was written (patterns only)"),
    ("convolved", "sizes after a window slid over them: (sizes, kernel, stride, padding, dilation)"),
    ("transposed", "sizes after a transposed convolution: (sizes, kernel, stride, padding, output_padding)"),
    ("concatenated", "the shape of several tensors joined: (shapes, axis)"),
    ("permuted", "a shape with its axes in another order: (shape, axes)"),
    ("without", "a list without one item: (list, position)"),
    ("item", "one item of a list: (list, position)"),
    ("replaced", "a list with another item in one place: (list, position, item)"),
    ("inserted", "a list with one item more: (list, position, item)"),
    ("parted", "the shapes of a tensor's parts along an axis: (shape, axis, sizes)"),
    ("repeated", "a list of the same item: (item, count)"),
    ("contracted", "the shape that an equation of indices gives: (shapes, equation)"),
    ("multiplications", "how many multiplications each product of an equation takes: (shapes, equation)"),
];

fn call(name: &Name, arguments: &[Expr], span: Span, scope: &dyn Scope) -> Outcome<Value> {
    if name.text == "given" {
        let [Expr { kind: ExprKind::Name(parameter), .. }] = arguments else {
            return Err(bad_call(name, span));
        };
        return Ok(Value::Bool(scope.given(parameter)));
    }
    let values = list(arguments, scope)?;
    match (name.text.as_str(), values.as_slice()) {
        ("max" | "min", [Value::List(items)]) if !items.is_empty() => extremum(&name.text, items, span),
        ("max" | "min", items) if !items.is_empty() => extremum(&name.text, items, span),
        ("sum", [Value::List(items)]) => fold(BinaryOp::Add, Value::int(0), items, span),
        ("product", [Value::List(items)]) => fold(BinaryOp::Multiply, Value::int(1), items, span),
        ("any", [Value::List(items)]) => fold(BinaryOp::Or, Value::Bool(false), &flat(items), span),
        ("all", [Value::List(items)]) => fold(BinaryOp::And, Value::Bool(true), &flat(items), span),
        ("any" | "all", [single]) => Ok(single.clone()),
        ("sqrt", [Value::Unknown]) => Ok(Value::Unknown),
        ("sqrt", [value]) => match value.as_number() {
            Some(number) if number >= 0.0 => Ok(Value::Float(number.sqrt())),
            None if matches!(value, Value::Int(_)) => Ok(Value::Unknown),
            Some(_) => Err(Box::new(
                Diagnostic::error(
                    codes::BAD_VALUE,
                    format!("`sqrt` takes a number that is not negative, found {value}"),
                )
                .at(span, "a root of a negative number"),
            )),
            None => Err(wrong(span, "a number that is not negative", value)),
        },
        ("length", [Value::List(items)]) => Ok(Value::int(items.len() as i64)),
        ("convolved", [Value::List(sizes), kernel, stride, padding, dilation]) => sizes
            .iter()
            .enumerate()
            .map(|(axis, size)| {
                convolved(size, at(kernel, axis), at(stride, axis), at(padding, axis), at(dilation, axis), span)
            })
            .collect::<Outcome<_>>()
            .map(Value::List),
        ("transposed", [Value::List(sizes), kernel, stride, padding, output_padding]) => sizes
            .iter()
            .enumerate()
            .map(|(axis, size)| {
                transposed(size, at(kernel, axis), at(stride, axis), at(padding, axis), at(output_padding, axis), span)
            })
            .collect::<Outcome<_>>()
            .map(Value::List),
        ("concatenated", [Value::List(shapes), axis]) => concatenated(shapes, axis, span, scope.strict()),
        ("permuted", [Value::List(shape), Value::List(axes)]) => axes
            .iter()
            .map(|axis| axis.as_int().and_then(|axis| shape.get(axis as usize)).cloned())
            .collect::<Option<_>>()
            .map(Value::List)
            .ok_or_else(|| bad_call(name, span)),
        ("without", [Value::List(items), position]) => {
            let at = place(position, items.len()).ok_or_else(|| bad_call(name, span))?;
            let kept = items.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, item)| item.clone());
            Ok(Value::List(kept.collect()))
        }
        ("item", [Value::List(items), position]) => {
            place(position, items.len()).map(|at| items[at].clone()).ok_or_else(|| bad_call(name, span))
        }
        ("replaced", [Value::List(items), position, item]) => {
            let at = place(position, items.len()).ok_or_else(|| bad_call(name, span))?;
            let mut items = items.clone();
            items[at] = item.clone();
            Ok(Value::List(items))
        }
        ("inserted", [Value::List(items), position, item]) => {
            let at = place(position, items.len() + 1).ok_or_else(|| bad_call(name, span))?;
            let mut items = items.clone();
            items.insert(at, item.clone());
            Ok(Value::List(items))
        }
        ("parted", [Value::List(shape), position, Value::List(sizes)]) => {
            let at = place(position, shape.len()).ok_or_else(|| bad_call(name, span))?;
            let part = |size: &Value| {
                let mut part = shape.clone();
                part[at] = size.clone();
                Value::List(part)
            };
            Ok(Value::List(sizes.iter().map(part).collect()))
        }
        ("repeated", [item, count]) => match count.as_int().and_then(|count| usize::try_from(count).ok()) {
            Some(count) if count <= limits::TENSORS => Ok(Value::List(vec![item.clone(); count])),
            _ => {
                let message = format!("{count} tensors would come out of this");
                let finding = Diagnostic::error(codes::LIMIT, message);
                let label = format!("their number must be known, and at most {}", limits::TENSORS);
                Err(Box::new(finding.at(span, label)))
            }
        },
        ("multiplications", [Value::List(shapes), Value::Word(equation)]) => {
            contraction::multiplications(shapes, equation, span, scope.strict())
        }
        ("contracted", [Value::List(shapes), Value::Word(equation)]) => {
            contraction::contracted(shapes, equation, span, scope.strict())
        }
        _ => Err(bad_call(name, span)),
    }
}

/// A position in a list of so many items, from the end if it is negative.
fn place(position: &Value, count: usize) -> Option<usize> {
    let position = position.as_int()?;
    let at = if position < 0 { position.checked_add(i64::try_from(count).ok()?)? } else { position };
    usize::try_from(at).ok().filter(|at| *at < count)
}

fn bad_call(name: &Name, span: Span) -> Box<Diagnostic> {
    let diagnostic = match FUNCTIONS.iter().find(|(function, _)| *function == name.text) {
        Some((function, what)) => {
            Diagnostic::error(codes::WRONG_TYPE, format!("`{function}` cannot be applied to these values"))
                .at(span, format!("it gives {what}"))
        }
        None => {
            let names = FUNCTIONS.iter().map(|(function, _)| *function);
            let similar = crate::diagnostic::similar_names(&name.text, names);
            let mut diagnostic =
                Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no function `{}`", name.text))
                    .at(name.span, "not a function");
            if let Some(first) = similar.first() {
                diagnostic = diagnostic.fix(format!("did you mean `{first}`?"), name.span, *first);
            }
            diagnostic
        }
    };
    Box::new(diagnostic)
}

/// The part of a per-axis value that concerns one axis; a word concerns all.
fn at(value: &Value, axis: usize) -> &Value {
    match value {
        Value::List(values) => values.get(axis).unwrap_or(&Value::Unknown),
        other => other,
    }
}

/// The values of a list, those of lists in it spliced in.
fn flat(items: &[Value]) -> Vec<Value> {
    let parts = items.iter().map(|item| match item {
        Value::List(inner) => flat(inner),
        other => vec![other.clone()],
    });
    parts.flatten().collect()
}

fn fold(op: BinaryOp, start: Value, items: &[Value], span: Span) -> Outcome<Value> {
    items.iter().try_fold(start, |sum, item| binary(op, &sum, item, span))
}

fn extremum(which: &str, items: &[Value], span: Span) -> Outcome<Value> {
    let larger = which == "max";
    let mut items = items.iter();
    let Some(first) = items.next() else { return Ok(Value::Unknown) };
    items.try_fold(first.clone(), |best, item| match (&best, item) {
        (Value::Int(a), Value::Int(b)) => Ok(Value::Int(if larger { a.larger(b) } else { a.smaller(b) })),
        (Value::Unknown, _) | (_, Value::Unknown) => Ok(Value::Unknown),
        (a, b) => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => Ok(Value::Float(if larger { a.max(b) } else { a.min(b) })),
            _ => Err(wrong(span, "numbers", item)),
        },
    })
}

/// `floor((n + before + after - dilation * (kernel - 1) - 1) / stride) + 1`, or `ceil(n / stride)` where padding is `same`.
fn convolved(
    size: &Value,
    kernel: &Value,
    stride: &Value,
    padding: &Value,
    dilation: &Value,
    span: Span,
) -> Outcome<Value> {
    let one = Value::int(1);
    let op = |op, a: &Value, b: &Value| binary(op, a, b, span);
    if let Value::Word(_) = padding {
        let rounded = op(BinaryOp::Subtract, &op(BinaryOp::Add, size, stride)?, &one)?;
        return op(BinaryOp::FloorDivide, &rounded, stride);
    }
    let both = match padding {
        Value::List(pair) => fold(BinaryOp::Add, Value::int(0), pair, span)?,
        single => op(BinaryOp::Multiply, single, &Value::int(2))?,
    };
    let reach = op(BinaryOp::Multiply, dilation, &op(BinaryOp::Subtract, kernel, &one)?)?;
    let room = op(BinaryOp::Subtract, &op(BinaryOp::Subtract, &op(BinaryOp::Add, size, &both)?, &reach)?, &one)?;
    if room.as_int().is_some_and(|room| room < 0) {
        let window = binary(BinaryOp::Add, &reach, &one, span)?;
        let padded = op(BinaryOp::Add, size, &both)?;
        let size = if padded == *size { size.to_string() } else { format!("{padded}, with its padding") };
        let spread = match dilation.as_int() {
            Some(dilation) if dilation > 1 => format!(" ({kernel} at dilation {dilation})"),
            _ => String::new(),
        };
        let message = format!("a window of {window}{spread} does not fit into a size of {size}");
        return Err(Box::new(
            Diagnostic::error(codes::SHAPE_MISMATCH, message).at(span, "the window is larger than the input"),
        ));
    }
    op(BinaryOp::Add, &op(BinaryOp::FloorDivide, &room, stride)?, &one)
}

/// `(n - 1) * stride - 2 * padding + kernel + output_padding`.
fn transposed(
    size: &Value,
    kernel: &Value,
    stride: &Value,
    padding: &Value,
    output_padding: &Value,
    span: Span,
) -> Outcome<Value> {
    let op = |op, a: &Value, b: &Value| binary(op, a, b, span);
    let grown = op(BinaryOp::Multiply, &op(BinaryOp::Subtract, size, &Value::int(1))?, stride)?;
    let padded = op(BinaryOp::Subtract, &grown, &op(BinaryOp::Multiply, padding, &Value::int(2))?)?;
    op(BinaryOp::Add, &op(BinaryOp::Add, &padded, kernel)?, output_padding)
}

fn concatenated(shapes: &[Value], axis: &Value, span: Span, strict: bool) -> Outcome<Value> {
    let shapes: Vec<&Vec<Value>> =
        shapes.iter().filter_map(|shape| if let Value::List(dims) = shape { Some(dims) } else { None }).collect();
    let (Some(first), Some(axis)) = (shapes.first(), axis.as_int()) else { return Ok(Value::Unknown) };
    let mut result = (*first).clone();
    for (number, shape) in shapes.iter().enumerate().skip(1) {
        let message = format!("{INPUT}0{INPUT} and {INPUT}{number}{INPUT} cannot be joined along {AXIS}{axis}{AXIS}");
        if shape.len() != first.len() {
            let label = format!("{} axes against {}", first.len(), shape.len());
            return Err(Box::new(Diagnostic::error(codes::SHAPE_MISMATCH, message).at(span, label)));
        }
        let mut differences = Vec::new();
        for (at, (have, next)) in result.iter_mut().zip(shape.iter()).enumerate() {
            if at as i64 == axis {
                *have = binary(BinaryOp::Add, have, next, span)?;
            } else if let (Value::Int(a), Value::Int(b)) = (&*have, next)
                && (a.surely_differs(b) || (strict && a != b))
            {
                differences.push(format!("{AXIS}{at}{AXIS}: {a} against {b}"));
            }
        }
        if !differences.is_empty() {
            return Err(Box::new(Diagnostic::error(codes::SHAPE_MISMATCH, message).at(span, differences.join("; "))));
        }
    }
    Ok(Value::List(result))
}
