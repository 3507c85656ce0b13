//! Many small values in few large items: a line of JSON each, deflated, cut where an item is full. A value is whole in one
//! chunk, so that chunks are read without one another.

use std::io::{BufRead, BufReader, Write};

use aws_sdk_dynamodb::primitives::Blob;
use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A chunk is ended once it has this many bytes, as far as they have left the encoder; DynamoDB takes items of up to 400 KB.
const FULL_BYTES: usize = 256 * 1024;

/// The encoder is asked to let go of its bytes after so many values: what it holds back then is small.
const FLUSHED_EACH: usize = 256;

/// A chunk as it is to be stored.
pub(super) type Chunk = Blob;

/// `values`, cut into chunks.
pub(super) fn pack<T: Serialize>(values: &[T]) -> std::io::Result<Vec<Chunk>> {
    let mut chunks = Vec::new();
    let mut encoder = fresh();
    for (index, value) in values.iter().enumerate() {
        serde_json::to_writer(&mut encoder, value)?;
        encoder.write_all(b"\n")?;
        if index % FLUSHED_EACH == FLUSHED_EACH - 1 {
            encoder.flush()?;
        }
        if encoder.get_ref().len() >= FULL_BYTES {
            let full = std::mem::replace(&mut encoder, fresh());
            chunks.push(Blob::new(full.finish()?));
        }
    }
    chunks.push(Blob::new(encoder.finish()?));
    Ok(chunks)
}

fn fresh() -> DeflateEncoder<Vec<u8>> {
    DeflateEncoder::new(Vec::new(), Compression::fast())
}

/// The values of a chunk that can be read, and how many cannot.
pub(super) fn unpack<T: DeserializeOwned>(chunk: &Chunk) -> std::io::Result<(Vec<T>, usize)> {
    let mut values = Vec::new();
    let mut unreadable = 0;
    let lines = BufReader::new(DeflateDecoder::new(chunk.as_ref())).lines();
    for line in lines {
        match serde_json::from_str(&line?) {
            Ok(value) => values.push(value),
            Err(_) => unreadable += 1,
        }
    }
    Ok((values, unreadable))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text that deflates badly.
    fn noise(number: u64) -> String {
        let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut step = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            format!("{state:016x}")
        };
        (0..20).map(|_| step()).collect()
    }

    #[test]
    fn what_is_packed_comes_back_in_its_order_and_no_chunk_is_too_large_for_an_item() {
        let values: Vec<_> = (0..10_000).map(noise).collect();
        let chunks = pack(&values).unwrap();
        assert!(chunks.len() > 2, "{}", chunks.len());
        let largest = chunks.iter().map(|chunk| chunk.as_ref().len()).max();
        assert!(largest < Some(390 * 1024), "{largest:?}");
        let read: Vec<String> = chunks
            .iter()
            .flat_map(|chunk| unpack(chunk).unwrap().0)
            .collect();
        assert_eq!(read, values);
    }

    #[test]
    fn nothing_is_one_empty_chunk() {
        let chunks = pack::<u8>(&[]).unwrap();
        assert_eq!(chunks.len(), 1);
        assert_eq!(unpack::<u8>(&chunks[0]).unwrap(), (vec![], 0));
    }

    #[test]
    fn a_value_that_cannot_be_read_is_counted_and_keeps_no_other_from_being_read() {
        let chunks = pack(&[Some(1), None, Some(3)]).unwrap();
        assert_eq!(unpack::<u8>(&chunks[0]).unwrap(), (vec![1, 3], 1));
        assert!(unpack::<u8>(&Blob::new(vec![0xff; 9])).is_err());
    }
}
