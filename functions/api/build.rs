//! Packs the console: every file of `console/dist` is compressed here, once and as well as it can be, and embedded. A
//! request then costs no compression, and a function no files beside its binary.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, Box<dyn Error>>;

const DIST: &str = "console/dist";

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed={DIST}");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join(DIST);
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        let path = file
            .strip_prefix(&root)?
            .to_str()
            .ok_or("a path of dist is not UTF-8")?;
        let whole = fs::read(file)?;
        let packed = [
            ("identity", whole.clone()),
            ("brotli", brotli(&whole)?),
            ("gzip", gzip(&whole)?),
        ];
        write!(
            table,
            "File {{ path: {path:?}, digest: {:?}",
            digest(&whole)
        )?;
        for (encoding, bytes) in packed {
            let name = out.join(format!("{number}.{encoding}"));
            fs::write(&name, bytes)?;
            let name = name.to_str().ok_or("the path of the build is not UTF-8")?;
            write!(table, ", {encoding}: include_bytes!({name:?})")?;
        }
        table.push_str(" },\n");
    }
    table.push(']');
    fs::write(out.join("console.rs"), table)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?.path();
        if entry.is_dir() {
            collect(&entry, files)?;
        } else {
            files.push(entry);
        }
    }
    Ok(())
}

/// Of what a file holds: the first half of its SHA-256.
fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(16)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn brotli(bytes: &[u8]) -> Outcome<Vec<u8>> {
    const QUALITY: u32 = 11;
    const WINDOW: u32 = 22;
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4_096, QUALITY, WINDOW);
    writer.write_all(bytes)?;
    drop(writer);
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}
