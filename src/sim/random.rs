//! Keyed randomness: a draw is a function of (seed, replication, stream, entity, ordinal) only.
//!
//! There is no global generator to advance, so what one part of a model draws can not shift what
//! another part draws: two runs that differ in one policy share every other random number. Knows
//! nothing of distributions. Invariant: equal keys give equal bits on every host, in every build.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};

/// The fraction of the golden ratio: the increment of the SplitMix64 generator.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

// Each kind of word enters the key under its own tag, so that stream 5 and entity 5 differ.
const REPLICATION: u64 = 0x8cb9_2ba7_2f3d_8dd7;
const STREAM: u64 = 0xd1b5_4a32_d192_ed03;
const ENTITY: u64 = 0xabc9_8388_fb8f_ac03;
const ORDINAL: u64 = 0x49d3_6f5d_b2a5_1c6f;

/// The name of a sequence of draws. Copy it, narrow it, draw from it; it never changes.
///
/// A key costs no memory besides its 8 bytes, so every server, job or pool can have its own.
///
/// ```
/// use batchcast::sim::random::{RandomKey, open01};
/// const SERVICE_TIMES: u32 = 2;
/// let run = RandomKey::new(42, 0);
/// let server_7 = run.stream(SERVICE_TIMES).entity(7);
/// // The third draw of server 7 is the same whether or not the others were made.
/// let first_time = open01(&mut server_7.draw(2));
/// assert_eq!(first_time, open01(&mut server_7.draw(2)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomKey(u64);

impl RandomKey {
    /// The key of one replication of a run.
    ///
    /// ```
    /// use batchcast::sim::random::RandomKey;
    /// assert_ne!(RandomKey::new(1, 0), RandomKey::new(1, 1));
    /// assert_ne!(RandomKey::new(1, 0), RandomKey::new(0, 1));
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(seed: u64, replication: u32) -> Self {
        Self(absorb(finalise(seed.wrapping_add(GOLDEN)), REPLICATION, replication as u64))
    }

    /// Narrows the key to one purpose, such as "service times".
    ///
    /// ```
    /// use batchcast::sim::random::RandomKey;
    /// let run = RandomKey::new(1, 0);
    /// assert_ne!(run.stream(1), run.stream(2));
    /// assert_ne!(run.stream(1), run.entity(1));
    /// ```
    #[inline]
    #[must_use]
    pub const fn stream(self, stream: u32) -> Self {
        Self(absorb(self.0, STREAM, stream as u64))
    }

    /// Narrows the key to one thing that draws, such as a server.
    ///
    /// ```
    /// use batchcast::sim::random::RandomKey;
    /// let run = RandomKey::new(1, 0);
    /// assert_ne!(run.entity(1).entity(2), run.entity(2).entity(1));
    /// ```
    #[inline]
    #[must_use]
    pub const fn entity(self, entity: u64) -> Self {
        Self(absorb(self.0, ENTITY, entity))
    }

    /// The generator of the draw numbered `ordinal`. It may be asked for any count of words, so one
    /// draw is enough for a sampler that rejects.
    ///
    /// Costs about 6 ns: six SplitMix64 finalisers, which fill all 32 bytes of the seed of
    /// xoshiro256++, a generator whose stream is fixed by its published definition.
    ///
    /// ```
    /// use batchcast::sim::random::RandomKey;
    /// use rand::Rng;
    /// let key = RandomKey::new(1, 0);
    /// assert_eq!(key.draw(3).next_u64(), key.draw(3).next_u64());
    /// assert_ne!(key.draw(3).next_u64(), key.draw(4).next_u64());
    /// ```
    #[inline]
    #[must_use]
    pub fn draw(self, ordinal: u64) -> Xoshiro256PlusPlus {
        let state = absorb(self.0, ORDINAL, ordinal);
        let mut seed = [0_u8; 32];
        for (word, bytes) in (1_u64..).zip(seed.chunks_exact_mut(8)) {
            let mixed = finalise(state.wrapping_add(word.wrapping_mul(GOLDEN)));
            bytes.copy_from_slice(&mixed.to_le_bytes());
        }
        // Four different inputs of a bijection: the words can not all be zero.
        Xoshiro256PlusPlus::from_seed(seed)
    }
}

/// A uniform number of the open interval (0, 1): an odd multiple of 2^-53, never 0, never 1.
///
/// Both `u` and `1 - u` are exact, so an inverse CDF may take either without a special case.
///
/// ```
/// use batchcast::sim::random::{RandomKey, open01};
/// let u = open01(&mut RandomKey::new(1, 0).draw(0));
/// assert!(0.0 < u && u < 1.0);
/// ```
#[inline]
pub fn open01<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const ULP: f64 = 1.0 / (1_u64 << 53) as f64;
    ((rng.next_u64() >> 11) | 1) as f64 * ULP
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014, variant 13 of Stafford): a
/// bijection of 64-bit words in which every input bit flips every output bit half the time.
#[inline]
const fn finalise(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Mixes one word into a key. For one key and tag it is a bijection: no two words collide.
#[inline]
const fn absorb(key: u64, tag: u64, word: u64) -> u64 {
    finalise(key.wrapping_add(GOLDEN) ^ finalise(word.wrapping_add(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    struct Words(u64);

    impl rand::TryRng for Words {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(self.0 as u32)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(self.0)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0 as u8);
            Ok(())
        }
    }

    #[test]
    fn uniform_numbers_never_touch_the_ends() {
        assert_eq!(open01(&mut Words(0)), 1.0 / (1_u64 << 53) as f64);
        let top = open01(&mut Words(u64::MAX));
        assert!(top < 1.0);
        assert_eq!(1.0 - top, 1.0 / (1_u64 << 53) as f64);
    }

    #[test]
    fn splitmix64_matches_its_published_sequence() {
        // First outputs of SplitMix64 seeded with 1234567.
        let words: Vec<u64> = (1..=2_u64)
            .map(|i| finalise(1_234_567_u64.wrapping_add(GOLDEN.wrapping_mul(i))))
            .collect();
        assert_eq!(words, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn neighbouring_keys_give_distinct_draws() {
        let mut seen = BTreeSet::new();
        for replication in 0..4 {
            for stream in 0..4 {
                for entity in 0..50 {
                    for ordinal in 0..20 {
                        let key = RandomKey::new(1, replication).stream(stream).entity(entity);
                        assert!(seen.insert(key.draw(ordinal).next_u64()));
                    }
                }
            }
        }
    }

    #[test]
    fn consecutive_draws_are_uniform_and_uncorrelated() {
        let key = RandomKey::new(7, 0).stream(1);
        let n = 100_000;
        let u: Vec<f64> = (0..n).map(|i| open01(&mut key.draw(i)) - 0.5).collect();
        let mean = u.iter().sum::<f64>() / n as f64;
        let variance = u.iter().map(|x| x * x).sum::<f64>() / n as f64;
        let lag_1 = u.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n as f64 / variance;
        let sigma = 1.0 / (n as f64).sqrt();
        assert!(mean.abs() < 4.0 * sigma * (1.0_f64 / 12.0).sqrt());
        assert!((variance - 1.0 / 12.0).abs() < 0.001);
        assert!(lag_1.abs() < 4.0 * sigma);
    }

    #[test]
    fn bits_of_a_draw_are_promised() {
        // A promise of reproducibility, not a validation: these words must never change silently.
        let mut rng = RandomKey::new(1, 2).stream(3).entity(4).draw(5);
        let words: Vec<u64> = (0..2).map(|_| rng.next_u64()).collect();
        assert_eq!(words, [16_165_639_695_818_856_569, 5_217_613_464_213_916_506]);
    }
}
