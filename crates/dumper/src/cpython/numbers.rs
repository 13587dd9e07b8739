//! Values of `int` and `float` objects.

use super::Facts;
use super::object::{SHIFT, var_size};
use super::raw::Raw;

/// Where sign and number of digits are, or a `float`'s value.
const TAG: isize = SHIFT + 16;
const DIGITS: isize = SHIFT + 24;
const BITS_PER_DIGIT: u32 = 30;

/// An `int`: its value when it fits, else how many digits of 30 bits it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Int {
    Small(i128),
    Large { n_digits: u64 },
}

/// <https://github.com/python/cpython/blob/3.12/Include/cpython/longintrepr.h>
pub(crate) fn int(facts: &Facts, object: Raw) -> Int {
    let (n_digits, is_negative) = sign_and_digits(facts, object);
    if n_digits > 4 {
        return Int::Large { n_digits };
    }
    let value = (0..n_digits as isize).rev().fold(0i128, |value, digit| {
        value << BITS_PER_DIGIT | i128::from(object.read::<u32>(DIGITS + digit * 4))
    });
    Int::Small(if is_negative { -value } else { value })
}

/// Bytes of an `int` as `int.__sizeof__` counts them.
pub(crate) fn int_size(facts: &Facts, object: Raw) -> u64 {
    let (n_digits, _) = sign_and_digits(facts, object);
    DIGITS as u64 + n_digits.max(facts.layout.least_digits) * 4
}

pub(crate) fn float(object: Raw) -> f64 {
    object.read(TAG)
}

fn sign_and_digits(facts: &Facts, object: Raw) -> (u64, bool) {
    if facts.layout.tagged_int {
        let tag: u64 = object.read(TAG);
        (tag >> 3, tag & 3 == 2)
    } else {
        let size = var_size(object);
        (size.unsigned_abs(), size < 0)
    }
}
