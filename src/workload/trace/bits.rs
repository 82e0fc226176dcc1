//! Up to 64 bytes as one word of bits: which of them are of a kind.
//!
//! Whoever splits a line walks over the set bits, as many as there are fields: the length of a
//! field is then no branch for the processor to guess. Plain integers, eight bytes at a time: a
//! block is 8, 16, 32 or 64 bytes long.

const LOW_BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const TOP_BITS: u64 = 0x8080_8080_8080_8080;

/// A bit for each byte: whether it is solid, that is, beyond the space in ASCII.
#[inline(always)]
pub(super) fn solid<const N: usize>(block: &[u8; N]) -> u64 {
    each_word(block, |word| {
        // Adding 0x5f to the low seven bits of a byte carries into its top bit from 0x21 on.
        ((word & LOW_BITS) + 0x5f5f_5f5f_5f5f_5f5f) | word
    })
}

/// A bit for each byte: whether it is `wanted`.
#[inline(always)]
pub(super) fn equal<const N: usize>(block: &[u8; N], wanted: u8) -> u64 {
    let wanted = u64::from_le_bytes([wanted; 8]);
    each_word(block, |word| {
        let unlike = word ^ wanted;
        // Only where all bits of a byte are zero does its top bit stay zero.
        !(((unlike & LOW_BITS) + LOW_BITS) | unlike)
    })
}

/// Gathers the top bits of what `of` makes of each eight bytes.
#[inline(always)]
fn each_word<const N: usize>(block: &[u8; N], of: impl Fn(u64) -> u64) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    words.iter().enumerate().fold(0, |all, (place, bytes)| {
        let top_bits = of(u64::from_le_bytes(*bytes)) & TOP_BITS;
        // The product moves the top bit of byte i to bit 56 + i.
        let gathered = top_bits.wrapping_mul(0x0002_0408_1020_4081) >> 56;
        all | gathered << (8 * place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bit_is_set_for_each_byte_of_the_kind(
            bytes in prop::collection::vec(any::<u8>(), 64),
            wanted in any::<u8>(),
        ) {
            let mut block = [0; 64];
            block.copy_from_slice(&bytes);
            block[7] = wanted;
            block[8] = wanted ^ 1;
            for (index, byte) in block.iter().enumerate() {
                prop_assert_eq!((equal(&block, wanted) >> index) & 1 == 1, *byte == wanted);
                prop_assert_eq!((solid(&block) >> index) & 1 == 1, *byte > b' ');
            }
        }
    }
}
