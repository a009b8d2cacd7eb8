//! Arrays of numbers and the `.npz` files that carry them between this process and the columns'.
//!
//! Architecture Invariant: an [`Array`] is always in the canonical layout and in row-major order. Layouts of the
//! columns, and their permutations, exist only on the Python side.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::Path;

use npyz::npz::{NpzArchive, NpzWriter};
use npyz::zip::CompressionMethod;
use npyz::zip::write::FileOptions;
use npyz::{AutoSerialize, DType, Deserialize, NpyFile, Order, TypeChar, WriterBuilder};

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

    fn write(&self, archive: &mut NpzWriter<BufWriter<File>>, name: &str) -> io::Result<()> {
        match &self.data {
            Data::Float64(v) => write_elements(archive, name, &self.shape, v),
            Data::Float32(v) => write_elements(archive, name, &self.shape, v),
            Data::Int32(v) => write_elements(archive, name, &self.shape, v),
            Data::Int64(v) => write_elements(archive, name, &self.shape, v),
        }
    }
}

fn write_elements<T: AutoSerialize + Copy>(
    archive: &mut NpzWriter<BufWriter<File>>,
    name: &str,
    shape: &[usize],
    data: &[T],
) -> io::Result<()> {
    let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
    // Random numbers do not compress: store them, as numpy's own `savez` does.
    let options = FileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    let mut writer = archive.array(name, options)?.default_dtype().shape(&shape).begin_nd()?;
    writer.extend(data.iter().copied())?;
    writer.finish()
}

/// Write arrays to an `.npz` file, in the order given.
pub fn write_npz<'a>(path: &Path, arrays: impl IntoIterator<Item = (&'a str, &'a Array)>) -> io::Result<()> {
    let mut archive = NpzWriter::create(path)?;
    for (name, array) in arrays {
        array.write(&mut archive, name)?;
    }
    archive.zip_writer().finish().map_err(io::Error::other)?;
    Ok(())
}

/// An `.npz` file open for reading, one array at a time: results of large models never lie in memory whole.
pub struct Npz {
    archive: NpzArchive<BufReader<File>>,
}

impl Npz {
    /// Open a file that numpy's `savez` or [`write_npz`] wrote.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { archive: NpzArchive::open(path)? })
    }

    /// The names of the arrays, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.array_names()
    }

    /// Read the array of this name; an error if there is none or if it is no array of numbers.
    pub fn read(&mut self, name: &str) -> io::Result<Array> {
        let file = self.archive.by_name(name)?.ok_or_else(|| invalid(name, "is not in the file"))?;
        read_array(name, file)
    }
}

fn read_array(name: &str, file: NpyFile<impl io::Read>) -> io::Result<Array> {
    let order = file.order();
    let shape = (file.shape().iter())
        .map(|&n| usize::try_from(n).map_err(|_| invalid(name, "is too large")))
        .collect::<io::Result<Vec<usize>>>()?;
    let DType::Plain(kind) = file.dtype() else {
        return Err(invalid(name, "is no array of numbers"));
    };
    let data = match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 8) => Data::Float64(elements(file, order, &shape)?),
        (TypeChar::Float, 4) => Data::Float32(elements(file, order, &shape)?),
        (TypeChar::Int, 4) => Data::Int32(elements(file, order, &shape)?),
        (TypeChar::Int, 8) => Data::Int64(elements(file, order, &shape)?),
        // A comparison or a mask may come out as truth values.
        (TypeChar::Bool, _) => Data::Int32(elements::<bool>(file, order, &shape)?.into_iter().map(i32::from).collect()),
        _ => return Err(invalid(name, &format!("has the element type {kind}"))),
    };
    Ok(Array { shape, data })
}

fn elements<T: Deserialize + Copy>(file: NpyFile<impl io::Read>, order: Order, shape: &[usize]) -> io::Result<Vec<T>> {
    let data = file.into_vec::<T>()?;
    Ok(match order {
        Order::C => data,
        Order::Fortran => row_major(&data, shape),
    })
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

    #[test]
    fn column_major_becomes_row_major() {
        // [[0, 1, 2], [3, 4, 5]] lies in column-major order as 0 3 1 4 2 5.
        assert_eq!(row_major(&[0, 3, 1, 4, 2, 5], &[2, 3]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(row_major(&[9], &[]), [9]);
    }
}
