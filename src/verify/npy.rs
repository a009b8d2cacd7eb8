//! The `.npy` format: a short head, then the elements as they lie in memory.
//!
//! The libraries for it parse the head as any Python literal, with integers of any size, and so cost more to compile
//! than all else that reads and writes results. What numpy writes for an array of numbers is one line of three keys.
//!
//! Architecture Invariant: nothing that a file says is believed. A wrong head is an error; the caller is told how many
//! bytes of elements must follow, before memory is taken for them.

use std::io::{self, Read};

/// What each `.npy` file begins with.
const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// The elements begin at a multiple of it.
const ALIGNMENT: usize = 64;
/// The longest head that numpy itself reads without being told to.
const LONGEST: u32 = 10_000;

/// What the head of an `.npy` file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The type of the elements, as numpy names it: `<f8` is `float64` with the lowest byte first.
    pub element: String,
    /// Whether the elements lie in column-major order.
    pub column_major: bool,
    /// The length of each axis; empty for a single number.
    pub shape: Vec<usize>,
}

impl Head {
    /// The bytes of a file in front of its elements, as numpy writes them.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let order = if self.column_major { "True" } else { "False" };
        // A Python tuple of one has a comma as well.
        let comma = if self.shape.len() == 1 { "," } else { "" };
        let shape = self.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let element = &self.element;
        let text = format!("{{'descr': '{element}', 'fortran_order': {order}, 'shape': ({shape}{comma}), }}");
        // The magic, two bytes of version, two of length; a newline at the end.
        let before = MAGIC.len() + 4;
        let total = (before + text.len() + 1).next_multiple_of(ALIGNMENT);
        let length = u16::try_from(total - before).map_err(|_| malformed("too many axes"))?;
        let mut bytes = Vec::with_capacity(total);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[1, 0]);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes.resize(total - 1, b' ');
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the head of a file; with it, how many bytes it has.
    pub fn read(file: &mut impl Read) -> io::Result<(Self, u64)> {
        let mut start = [0; 8];
        file.read_exact(&mut start)?;
        let [magic @ .., major, _minor] = start;
        if &magic != MAGIC {
            return Err(malformed("it does not begin as an `.npy` file does"));
        }
        let (length, before) = match major {
            1 => {
                let mut length = [0; 2];
                file.read_exact(&mut length)?;
                (u32::from(u16::from_le_bytes(length)), 10)
            }
            2 | 3 => {
                let mut length = [0; 4];
                file.read_exact(&mut length)?;
                (u32::from_le_bytes(length), 12)
            }
            other => return Err(malformed(&format!("version {other} of the format is not known"))),
        };
        if length > LONGEST {
            return Err(malformed(&format!("its head has {length} bytes")));
        }
        let mut text = vec![0; length as usize];
        file.read_exact(&mut text)?;
        let text = std::str::from_utf8(&text).map_err(|_| malformed("its head is not UTF-8"))?;
        let head = Literal { rest: text }.head().ok_or_else(|| malformed(&format!("its head is `{}`", text.trim())))?;
        Ok((head, before + u64::from(length)))
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// What is left of the text of a head: a Python dictionary.
struct Literal<'a> {
    rest: &'a str,
}

impl<'a> Literal<'a> {
    fn head(mut self) -> Option<Head> {
        let (mut element, mut column_major, mut shape) = (None, None, None);
        self.expect("{")?;
        while self.expect("}").is_none() {
            match self.string()? {
                "descr" => {
                    self.expect(":")?;
                    element = Some(self.element()?);
                }
                "fortran_order" => {
                    self.expect(":")?;
                    column_major = Some(self.expect("True").is_some() || self.expect("False").map(|()| false)?);
                }
                "shape" => {
                    self.expect(":")?;
                    shape = Some(self.shape()?);
                }
                _ => return None,
            }
            if self.expect(",").is_none() {
                self.expect("}")?;
                break;
            }
        }
        let ended = self.rest.trim_ascii().is_empty();
        ended.then_some(Head { element: element?, column_major: column_major?, shape: shape? })
    }

    /// Takes a word if it stands here.
    fn expect(&mut self, word: &str) -> Option<()> {
        self.rest = self.rest.trim_ascii_start().strip_prefix(word)?;
        Some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        let quote = if self.expect("'").is_some() { '\'' } else { self.expect("\"").map(|()| '"')? };
        let (string, rest) = self.rest.split_once(quote)?;
        self.rest = rest;
        Some(string)
    }

    /// The type of the elements. That of records is a list: it is kept as it stands, since its name is all that is told.
    fn element(&mut self) -> Option<String> {
        if !self.rest.trim_ascii_start().starts_with('[') {
            return self.string().map(str::to_owned);
        }
        let end = self.rest.rfind(']')? + 1;
        let (list, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(list.trim_ascii().to_owned())
    }

    fn shape(&mut self) -> Option<Vec<usize>> {
        let mut shape = Vec::new();
        self.expect("(")?;
        while self.expect(")").is_none() {
            shape.push(self.number()?);
            if self.expect(",").is_none() {
                self.expect(")")?;
                break;
            }
        }
        Some(shape)
    }

    fn number(&mut self) -> Option<usize> {
        let text = self.rest.trim_ascii_start();
        let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        self.rest = rest;
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(element: &str, column_major: bool, shape: &[usize]) -> Head {
        Head { element: element.into(), column_major, shape: shape.into() }
    }

    /// A file of this version with this text as head.
    fn file(version: u8, text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).expect("it is short").to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length[..] };
        [MAGIC, &[version, 0][..], length, text.as_bytes()].concat()
    }

    #[test]
    fn what_is_written_is_read() -> io::Result<()> {
        for shape in [&[][..], &[0], &[7], &[2, 3], &[1; 64]] {
            for column_major in [false, true] {
                let head = head("<f8", column_major, shape);
                let bytes = head.bytes()?;
                assert_eq!(bytes.len() % ALIGNMENT, 0);
                assert_eq!(Head::read(&mut &bytes[..])?, (head, bytes.len() as u64));
            }
        }
        Ok(())
    }

    #[test]
    fn the_bytes_are_those_of_numpy() -> io::Result<()> {
        // np.save of np.zeros((2, 3)) and of np.zeros(4), without the elements.
        let two = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
        let bytes = head("<f8", false, &[2, 3]).bytes()?;
        assert_eq!((bytes.len(), &bytes[..two.len()]), (128, &two[..]));
        assert!(bytes[two.len()..127].iter().all(|&byte| byte == b' '));
        assert_eq!(bytes[127], b'\n');
        assert!(String::from_utf8_lossy(&head("<f8", false, &[4]).bytes()?).contains("'shape': (4,), }"));
        Ok(())
    }

    #[test]
    fn each_version_and_spelling_is_read() -> io::Result<()> {
        for (version, text) in [
            (1, "{'descr': '<i8', 'fortran_order': True, 'shape': (5,), }     \n"),
            (2, "{'descr': '<i8', 'fortran_order': True, 'shape': (5,)}"),
            (3, " { \"shape\" : ( 5 ) , \"fortran_order\":True,\"descr\":\"<i8\" } "),
        ] {
            let bytes = file(version, text);
            assert_eq!(Head::read(&mut &bytes[..])?, (head("<i8", true, &[5]), bytes.len() as u64), "{text}");
        }
        let record = "{'descr': [('a', '<f8'), ('b', '<i4', (2,))], 'fortran_order': False, 'shape': (1,), }\n";
        let (read, _) = Head::read(&mut &file(1, record)[..])?;
        assert_eq!(read.element, "[('a', '<f8'), ('b', '<i4', (2,))]");
        Ok(())
    }

    #[test]
    fn a_wrong_head_is_an_error() {
        let right = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n";
        let told = |bytes: &[u8]| Head::read(&mut &bytes[..]).expect_err("it is wrong").to_string();
        for end in 0..file(1, right).len() {
            assert_eq!(told(&file(1, right)[..end]), "failed to fill whole buffer", "the first {end} bytes");
        }
        for wrong in [
            "",
            "{",
            "{}",
            "[]",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'fortran_order': 0, 'shape': ()}",
            "{'descr': '<f8, 'fortran_order': False, 'shape': ()}",
            "{'descr': [, 'fortran_order': False, 'shape': ()}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1 2)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1.5,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} + 1",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        ] {
            assert_eq!(told(&file(1, wrong)), format!("its head is `{wrong}`"));
        }
        assert_eq!(told(b"PK\x03\x04abcdefgh"), "it does not begin as an `.npy` file does");
        assert_eq!(told(&file(4, right)), "version 4 of the format is not known");
        assert_eq!(told(b"\x93NUMPY\x02\x00\xff\xff\xff\xff"), "its head has 4294967295 bytes");
        assert_eq!(told(b"\x93NUMPY\x01\x00\x02\x00\xff\xfe"), "its head is not UTF-8");
    }
}
