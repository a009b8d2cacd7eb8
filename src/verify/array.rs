//! Arrays of numbers and the `.npz` files that carry them between this process and the columns'.
//!
//! Architecture Invariant: an [`Array`] is always in the canonical layout and in row-major order. Layouts of the
//! columns, and their permutations, exist only on the Python side.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use super::npy::Head;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// How many bytes of elements are read or written at once: a multiple of the size of each type.
const CHUNK: usize = 1 << 16;

/// A dense array in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The length of each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The elements.
    pub data: Data,
}

/// The elements of an [`Array`], by their type.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `float64`.
    Float64(Vec<f64>),
    /// `float32`.
    Float32(Vec<f32>),
    /// `int32`.
    Int32(Vec<i32>),
    /// `int64`.
    Int64(Vec<i64>),
}

impl Array {
    /// An array of `float64`. The number of elements must be the product of the shape; the callers draw or read
    /// exactly so many.
    pub fn float64(shape: impl Into<Vec<usize>>, data: Vec<f64>) -> Self {
        Self::new(shape.into(), Data::Float64(data))
    }

    /// An array of `int64`; see [`Array::float64`].
    pub fn int64(shape: impl Into<Vec<usize>>, data: Vec<i64>) -> Self {
        Self::new(shape.into(), Data::Int64(data))
    }

    /// An array of any type; see [`Array::float64`].
    pub fn new(shape: Vec<usize>, data: Data) -> Self {
        let array = Self { shape, data };
        debug_assert_eq!(array.shape.iter().product::<usize>(), array.len());
        array
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match &self.data {
            Data::Float64(v) => v.len(),
            Data::Float32(v) => v.len(),
            Data::Int32(v) => v.len(),
            Data::Int64(v) => v.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements as `f64`: exact for all but integers beyond 2^53, which no tap holds.
    pub fn to_f64(&self) -> Vec<f64> {
        match &self.data {
            Data::Float64(v) => v.clone(),
            Data::Float32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Data::Int32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Data::Int64(v) => v.iter().map(|&x| x as f64).collect(),
        }
    }

    fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let element = match &self.data {
            Data::Float64(_) => "<f8",
            Data::Float32(_) => "<f4",
            Data::Int32(_) => "<i4",
            Data::Int64(_) => "<i8",
        };
        let head = Head { element: element.to_owned(), column_major: false, shape: self.shape.clone() };
        file.write_all(&head.bytes()?)?;
        match &self.data {
            Data::Float64(v) => write_elements(file, v, f64::to_le_bytes),
            Data::Float32(v) => write_elements(file, v, f32::to_le_bytes),
            Data::Int32(v) => write_elements(file, v, i32::to_le_bytes),
            Data::Int64(v) => write_elements(file, v, i64::to_le_bytes),
        }
    }
}

fn write_elements<T: Copy, const N: usize>(
    file: &mut impl Write,
    data: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for part in data.chunks(CHUNK / N) {
        chunk.clear();
        part.iter().for_each(|&element| chunk.extend_from_slice(&bytes(element)));
        file.write_all(&chunk)?;
    }
    Ok(())
}

/// Write arrays to an `.npz` file, in the order given.
pub fn write_npz<'a>(path: &Path, arrays: impl IntoIterator<Item = (&'a str, &'a Array)>) -> io::Result<()> {
    // Random numbers do not compress: store them, as numpy's own `savez` does.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    let mut archive = ZipWriter::new(BufWriter::new(File::create(path)?));
    for (name, array) in arrays {
        archive.start_file(file_name(name), options)?;
        array.write(&mut archive)?;
    }
    archive.finish()?.flush()
}

/// An `.npz` file open for reading, one array at a time: results of large models never lie in memory whole.
pub struct Npz {
    archive: ZipArchive<BufReader<File>>,
    /// The bytes of the whole file: no array has more.
    length: u64,
}

impl Npz {
    /// Open a file that numpy's `savez` or [`write_npz`] wrote.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { archive: ZipArchive::new(BufReader::new(file))?, length })
    }

    /// The names of the arrays, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.file_names().filter_map(|name| name.strip_suffix(".npy"))
    }

    /// Read the array of this name; an error if there is none or if it is no array of numbers.
    pub fn read(&mut self, name: &str) -> io::Result<Array> {
        let mut file = match self.archive.by_name(&file_name(name)) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Err(invalid(name, "is not in the file")),
            Err(error) => return Err(invalid(name, &format!("cannot be read: {error}"))),
        };
        let size = file.size();
        if size > self.length {
            return Err(invalid(name, &format!("is said to have {size} bytes, more than the file")));
        }
        read_array(name, &mut file, size)
    }
}

/// What numpy calls the file of an array.
fn file_name(name: &str) -> String {
    format!("{name}.npy")
}

/// Reads an array from a file of so many bytes.
fn read_array(name: &str, file: &mut impl Read, size: u64) -> io::Result<Array> {
    let because = |error: io::Error| invalid(name, &format!("cannot be read: {error}"));
    let (head, length) = Head::read(file).map_err(because)?;
    let (order, kind) = head.element.split_at_checked(1).unwrap_or_default();
    if order == "[" {
        return Err(invalid(name, "is no array of numbers"));
    }
    let width = match kind {
        "f8" | "i8" => 8,
        "f4" | "i4" => 4,
        "b1" => 1,
        _ => return Err(invalid(name, &format!("has the element type {}", head.element))),
    };
    // A length that the bytes don't bear out must not reserve memory.
    let count = head.shape.iter().try_fold(1, |count: usize, &n| count.checked_mul(n));
    let rest = size.saturating_sub(length);
    let Some(count) = count.filter(|&count| count.checked_mul(width).is_some_and(|bytes| bytes as u64 == rest)) else {
        let what = format!("has the shape {:?} of {}, and {rest} bytes", head.shape, head.element);
        return Err(invalid(name, &what));
    };
    let reading = Reading { count, high_first: order == ">", shape: head.column_major.then_some(&head.shape) };
    let data = match kind {
        "f8" => reading.elements(file, f64::from_le_bytes).map(Data::Float64),
        "f4" => reading.elements(file, f32::from_le_bytes).map(Data::Float32),
        "i4" => reading.elements(file, i32::from_le_bytes).map(Data::Int32),
        "i8" => reading.elements(file, i64::from_le_bytes).map(Data::Int64),
        // A comparison or a mask may come out as truth values.
        _ => reading.elements(file, |[byte]| i32::from(byte != 0)).map(Data::Int32),
    };
    let data = data.map_err(because)?;
    // The checksum is compared at the end.
    io::copy(file, &mut io::sink()).map_err(because)?;
    Ok(Array { shape: head.shape, data })
}

/// How elements are read.
struct Reading<'a> {
    count: usize,
    /// Whether the highest byte of a number is the first.
    high_first: bool,
    /// The shape, if the elements are in column-major order.
    shape: Option<&'a [usize]>,
}

impl Reading<'_> {
    fn elements<T: Copy, const N: usize>(
        &self,
        file: &mut impl Read,
        element: impl Fn([u8; N]) -> T,
    ) -> io::Result<Vec<T>> {
        let mut data = Vec::with_capacity(self.count);
        let mut chunk = vec![0; CHUNK.min(self.count * N)];
        while data.len() < self.count {
            let part = &mut chunk[..CHUNK.min((self.count - data.len()) * N)];
            file.read_exact(part)?;
            let (bytes, _) = part.as_chunks_mut::<N>();
            if self.high_first {
                bytes.iter_mut().for_each(|bytes| bytes.reverse());
            }
            data.extend(bytes.iter().map(|&bytes| element(bytes)));
        }
        Ok(match self.shape {
            None => data,
            Some(shape) => row_major(&data, shape),
        })
    }
}

/// Column-major elements put into row-major order.
fn row_major<T: Copy>(data: &[T], shape: &[usize]) -> Vec<T> {
    let mut index = vec![0; shape.len()];
    let mut out = Vec::with_capacity(data.len());
    for _ in 0..data.len() {
        let from = index.iter().zip(shape).rev().fold(0, |at, (&i, &n)| at * n + i);
        out.push(data[from]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    out
}

fn invalid(name: &str, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the array `{name}` {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npz_round_trip() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("case.npz");
        let arrays = [
            ("input/image", Array::float64([2, 3], vec![1.5, -2.0, 0.1, 1e-300, f64::MAX, -0.0])),
            ("weight/0/kernel", Array::new(vec![2], Data::Float32(vec![0.1, f32::MIN]))),
            ("input/tokens", Array::new(vec![1, 2], Data::Int32(vec![7, -7]))),
            ("tap/0", Array::int64([1], vec![i64::MAX])),
            ("scalar", Array::float64([], vec![3.0])),
            ("empty", Array::float64([0, 4], vec![])),
            ("none", Array::new(vec![3, 0, 2], Data::Int32(vec![]))),
        ];
        write_npz(&path, arrays.iter().map(|(name, array)| (*name, array)))?;
        let mut archive = Npz::open(&path)?;
        assert_eq!(archive.names().count(), arrays.len());
        for (name, array) in &arrays {
            assert_eq!(&archive.read(name)?, array, "{name}");
        }
        let missing = archive.read("tap/1").unwrap_err().to_string();
        assert_eq!(missing, "the array `tap/1` is not in the file");
        Ok(())
    }

    /// The bytes of an `.npy` file.
    fn npy(element: &str, column_major: bool, shape: &[usize], elements: &[u8]) -> Vec<u8> {
        let head = Head { element: element.into(), column_major, shape: shape.into() };
        [head.bytes().expect("the shape is short"), elements.to_vec()].concat()
    }

    /// The bytes of an `.npz` file with these arrays.
    fn npz(arrays: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
        let mut archive = ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in arrays {
            archive.start_file(
                file_name(name),
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
            )?;
            archive.write_all(bytes)?;
        }
        Ok(archive.finish()?.into_inner())
    }

    /// Reads `a` from a file of these bytes.
    fn read(bytes: &[u8]) -> io::Result<Array> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("case.npz");
        std::fs::write(&path, bytes)?;
        Npz::open(&path)?.read("a")
    }

    fn refused(bytes: &[u8]) -> String {
        read(bytes).expect_err("it is wrong").to_string()
    }

    #[test]
    fn large_arrays_are_read_in_parts() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("case.npz");
        let numbers: Vec<f32> = (0_i16..25_000).map(f32::from).collect();
        let array = Array::new(vec![100, 250], Data::Float32(numbers));
        write_npz(&path, [("a", &array)])?;
        assert_eq!(Npz::open(&path)?.read("a")?, array);
        Ok(())
    }

    #[test]
    fn each_order_and_truth_values_are_read() -> io::Result<()> {
        let one = |bytes: Vec<u8>| npz(&[("a", &bytes)]).and_then(|bytes| read(&bytes));
        let bools = one(npy("|b1", false, &[3], &[0, 1, 1]))?;
        assert_eq!(bools, Array::new(vec![3], Data::Int32(vec![0, 1, 1])));
        let high: Vec<u8> = [0.5_f64, -2.0].iter().flat_map(|number| number.to_be_bytes()).collect();
        assert_eq!(one(npy(">f8", false, &[2], &high))?, Array::float64([2], vec![0.5, -2.0]));
        let columns: Vec<u8> = [0_i64, 3, 1, 4, 2, 5].iter().flat_map(|number| number.to_le_bytes()).collect();
        assert_eq!(one(npy("<i8", true, &[2, 3], &columns))?, Array::int64([2, 3], vec![0, 1, 2, 3, 4, 5]));
        Ok(())
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused() -> io::Result<()> {
        for (bytes, why) in [
            (npy("<c16", false, &[1], &[0; 16]), "has the element type <c16"),
            (npy("|O", false, &[1], b"pickled"), "has the element type |O"),
            (npy("", false, &[1], &[]), "has the element type "),
            (npy("\u{e9}f8", false, &[1], &[0; 8]), "has the element type "),
            (npy("<f8", false, &[3], &[0; 16]), "has the shape [3] of <f8, and 16 bytes"),
            (npy("<f8", false, &[1], &[0; 9]), "has the shape [1] of <f8, and 9 bytes"),
            (npy("<f4", false, &[1 << 40, 1 << 40], &[0; 4]), "has the shape [1099511627776, 1099511627776] of <f4"),
            (npy("<f8", false, &[1 << 61], &[]), "has the shape [2305843009213693952] of <f8, and 0 bytes"),
            (b"\x80\x04pickled".to_vec(), "cannot be read: it does not begin as an `.npy` file does"),
            (Vec::new(), "cannot be read: failed to fill whole buffer"),
        ] {
            let message = refused(&npz(&[("a", &bytes)])?);
            assert!(message.starts_with(&format!("the array `a` {why}")), "{message}");
        }
        let mut records = npy("<f8", false, &[1], &[0; 12]);
        let descr = records.windows(5).position(|bytes| bytes == b"'<f8'").expect("it is there");
        records.splice(descr..descr + 5, *b"[('',1.)]");
        records.truncate(records.len() - 4);
        assert_eq!(refused(&npz(&[("a", &records)])?), "the array `a` is no array of numbers");
        Ok(())
    }

    #[test]
    fn a_damaged_file_is_an_error() -> io::Result<()> {
        let elements: Vec<u8> = [1.0_f64, 2.0, 3.0].iter().flat_map(|number| number.to_le_bytes()).collect();
        let right = npz(&[("b", &npy("<i4", false, &[], &[7, 0, 0, 0])), ("a", &npy("<f8", false, &[3], &elements))])?;
        let array = read(&right)?;
        assert_eq!(array, Array::float64([3], vec![1.0, 2.0, 3.0]));
        for end in 0..right.len() {
            assert!(read(&right[..end]).is_err(), "the first {end} bytes");
        }
        for at in 0..right.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut wrong = right.clone();
                wrong[at] = value;
                // Not each byte matters; one that does is an error, and no other numbers.
                if let Ok(read) = read(&wrong) {
                    assert_eq!(read, array, "byte {at} is {value}");
                }
            }
        }
        let changed = right.windows(24).position(|bytes| bytes == elements).expect("it is there");
        let mut wrong = right;
        wrong[changed] ^= 1;
        assert_eq!(refused(&wrong), "the array `a` cannot be read: Invalid checksum");
        Ok(())
    }

    #[test]
    fn what_is_compressed_is_refused() -> io::Result<()> {
        let mut wrong = npz(&[("a", &npy("<f8", false, &[0], &[]))])?;
        // The method, in front of the array and in the table at the end: 8 is deflate, as of `savez_compressed`.
        let table = wrong.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").expect("it is there");
        wrong[8] = 8;
        wrong[table + 10] = 8;
        let message = refused(&wrong);
        assert!(message.starts_with("the array `a` cannot be read: "), "{message}");
        Ok(())
    }

    #[test]
    fn column_major_becomes_row_major() {
        // [[0, 1, 2], [3, 4, 5]] lies in column-major order as 0 3 1 4 2 5.
        assert_eq!(row_major(&[0, 3, 1, 4, 2, 5], &[2, 3]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(row_major(&[9], &[]), [9]);
    }
}
