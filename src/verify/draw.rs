//! Weights and inputs, drawn once from a seed.
//!
//! The generator is SplitMix64 (Steele, Lea, Flood, 2014: the state steps by a constant, the output is the state
//! mixed) and normal numbers come from it by Box and Muller's transform. Each array draws from a stream of its own,
//! whose start is the seed mixed with the array's name: to add a weight to a spec leaves all others as they were.
//!
//! Every number drawn is rounded to `float32`, so that a column that works in `float32` starts from exactly the
//! numbers of the others. (It also hides, but for a rare last digit, that platforms round `ln` and `sin` differently.
//! All columns of a run get the same file, so that no verdict hangs on it.)
//!
//! Architecture Invariant: nothing here knows an operator. What is drawn follows from the shape, the initial value
//! and the sign that the operator's declaration gives for the weight.

use super::array::{Array, Data};
use crate::hash::HashSet;

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Generator {
    state: u64,
    /// The second number of Box and Muller's pair.
    spare: Option<f64>,
}

impl Generator {
    /// The stream of the array `name` under `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        Self { state: mix(seed) ^ fnv(name.as_bytes()), spare: None }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// Uniform in [0, 1), from the upper 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in 0..bound; 0 where the bound is 0. (The bias of the product is below bound / 2^64.)
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }
}

/// SplitMix64's finaliser.
fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// FNV-1a: short, and unlike the standard library's hasher the same in every release.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Rounded to `float32`.
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

/// Draw a weight.
///
/// - Rank 2 and more (kernels, tables): normal / sqrt(fan in), where the fan in is the product of all axes but the
///   last. Values keep their size through the layers.
/// - `positive` (variances): uniform in 0.5 .. 1.5, times the initial value where that is not 0.
/// - An initial value c other than 0 (scales, slopes): c * (1 + 0.2 n), so that scales differ from channel to channel.
/// - Anything else (biases, shifts, running means): 0.1 n, so that none is forgotten unnoticed.
pub fn weight(seed: u64, name: &str, shape: &[usize], initial: f64, positive: bool) -> Array {
    let mut generator = Generator::new(seed, name);
    let fan_in = match shape {
        [rest @ .., _] if !rest.is_empty() => rest.iter().product::<usize>().max(1) as f64,
        _ => 1.0,
    };
    let centre = if initial == 0.0 { 1.0 } else { initial };
    let mut draw = || match shape.len() {
        _ if positive => centre * (0.5 + generator.uniform()),
        2.. => generator.normal() / fan_in.sqrt(),
        _ if initial != 0.0 => initial * (1.0 + 0.2 * generator.normal()),
        _ => 0.1 * generator.normal(),
    };
    let data = (0..shape.iter().product()).map(|_| single(draw())).collect();
    Array::float64(shape, data)
}

/// Draw an input of real numbers: normal, without ties (a maximum is in one place), without exact zeros and with both
/// signs (so that no side of an activation goes untested).
pub fn reals(seed: u64, name: &str, shape: &[usize]) -> Array {
    let mut generator = Generator::new(seed, name);
    let count = shape.iter().product();
    let mut seen = HashSet::with_capacity_and_hasher(count, Default::default());
    let mut data = Vec::with_capacity(count);
    while data.len() < count {
        let value = generator.normal() as f32;
        // There are some 10^8 float32 values between -4 and 4: even a million draws seldom repeat.
        if value != 0.0 && seen.insert(value.to_bits()) {
            data.push(f64::from(value));
        }
    }
    let one_sign = data.iter().all(|&x| x > 0.0) || data.iter().all(|&x| x < 0.0);
    if let (true, [_, .., last]) = (one_sign, data.as_mut_slice()) {
        *last = -*last;
    }
    Array::float64(shape, data)
}

/// Draw an input of whole numbers, uniform in 0..bound; as `int64` if `wide`, else as `int32`.
pub fn integers(seed: u64, name: &str, shape: &[usize], bound: u64, wide: bool) -> Array {
    let mut generator = Generator::new(seed, name);
    let limit = if wide { i64::MAX as u64 } else { i32::MAX as u64 };
    let drawn = (0..shape.iter().product::<usize>()).map(|_| generator.below(bound.min(limit)));
    let data = if wide {
        Data::Int64(drawn.map(|x| x as i64).collect())
    } else {
        Data::Int32(drawn.map(|x| x as i32).collect())
    };
    Array::new(shape.to_vec(), data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(array: &Array) -> Vec<f64> {
        array.to_f64()
    }

    #[test]
    fn splitmix64_is_the_published_one() {
        // The first outputs for the state 1234567, from the reference implementation.
        let mut generator = Generator { state: 1_234_567, spare: None };
        let first = [generator.bits(), generator.bits(), generator.bits()];
        assert_eq!(first, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn draws_are_deterministic_and_apart() {
        let draw = |seed, name| weight(seed, name, &[3, 3, 4, 5], 0.0, false);
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_eq!(values(&draw(1, "a"))[0], values(&weight(1, "a", &[3, 3, 4, 5], 9.0, false))[0]);
    }

    #[test]
    fn the_numbers_stay_as_they_are() {
        // A change here changes every report: it must be deliberate.
        let drawn = values(&weight(7, "weight/0/bias", &[3], 0.0, false));
        let text: Vec<String> = drawn.iter().map(|x| format!("{x:.6}")).collect();
        assert_eq!(text.join(" "), "-0.173952 -0.073950 -0.006557");
    }

    #[test]
    fn everything_is_a_float32() {
        for array in [
            weight(1, "k", &[3, 3, 8, 8], 0.0, false),
            weight(1, "s", &[64], 1.0, false),
            weight(1, "v", &[64], 1.0, true),
            reals(1, "x", &[2, 3, 9, 7]),
        ] {
            assert!(values(&array).iter().all(|&x| f64::from(x as f32) == x));
        }
    }

    #[test]
    fn weights_have_the_scale_of_their_kind() {
        let spread = |v: &[f64]| (v.iter().map(|x| x * x).sum::<f64>() / v.len() as f64).sqrt();
        let kernel = values(&weight(1, "k", &[3, 3, 16, 64], 0.0, false));
        assert!((spread(&kernel) * 12.0 - 1.0).abs() < 0.05);
        let scale = values(&weight(1, "s", &[4096], 2.0, false));
        assert!((scale.iter().sum::<f64>() / 4096.0 - 2.0).abs() < 0.05);
        let shift = values(&weight(1, "b", &[4096], 0.0, false));
        assert!((spread(&shift) - 0.1).abs() < 0.01 && shift.iter().any(|&x| x < 0.0));
        let variance = values(&weight(1, "v", &[4096], 1.0, true));
        assert!(variance.iter().all(|x| (0.5..=1.5).contains(x)));
    }

    #[test]
    fn inputs_have_no_ties_no_zeros_and_both_signs() {
        let image = values(&reals(3, "image", &[2, 3, 64, 63]));
        let distinct: HashSet<u64> = image.iter().map(|x| x.to_bits()).collect();
        assert_eq!(distinct.len(), image.len());
        assert!(image.iter().all(|&x| x != 0.0 && x.is_finite()));
        for seed in 0..200 {
            let pair = values(&reals(seed, "pair", &[2]));
            assert!(pair[0] * pair[1] < 0.0);
        }
    }

    #[test]
    fn integers_keep_below_their_bound() {
        let tokens = values(&integers(3, "tokens", &[500], 7, false));
        assert!((0..7).all(|n| tokens.contains(&f64::from(n))));
        assert!(tokens.iter().all(|&x| x < 7.0));
        assert!(matches!(integers(3, "t", &[2], 7, true).data, Data::Int64(_)));
        assert_eq!(values(&integers(3, "t", &[1], 0, false)), [0.0]);
    }
}
