use hexapla::*;
use std::collections::BTreeMap;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let names: Vec<String> = args[1].split(',').map(str::to_owned).collect();
    let mut files: emit::framework::Files = BTreeMap::new();
    let root = std::env::var("TEMPLATES").unwrap_or("templates".into());
    for e in std::fs::read_dir(&root).unwrap() {
        let e = e.unwrap();
        let id = e.file_name().into_string().unwrap();
        if !e.path().is_dir() || !names.contains(&id) {
            continue;
        }
        for sub in ["", "helpers"] {
            let Ok(dir) = std::fs::read_dir(e.path().join(sub)) else { continue };
            for f in dir {
                let f = f.unwrap();
                if f.path().is_file() {
                    let rel = if sub.is_empty() {
                        format!("{id}/{}", f.file_name().into_string().unwrap())
                    } else {
                        format!("{id}/{sub}/{}", f.file_name().into_string().unwrap())
                    };
                    if let Ok(t) = std::fs::read_to_string(f.path()) {
                        files.insert(rel, t.into());
                    }
                }
            }
        }
    }
    let cols = emit::framework::Columns::new(files).unwrap();
    let fw: Vec<_> = cols.frameworks.iter().collect();
    let mut all = Vec::new();
    for path in &args[2..] {
        let mut sources = span::Sources::default();
        let main = sources.add(path.clone(), std::fs::read_to_string(path).unwrap());
        let (program, findings) = ir::lower::lower(main, &mut sources, &mut |_, p| Err(format!("no {p}")));
        let Some(program) = program else { panic!("{findings:#?}") };
        let spec = verification::Spec {
            name: path.rsplit('/').next().unwrap().into(),
            program: &program,
            sources: &sources,
            configuration: Default::default(),
        };
        match verification::experiments(&spec, &fw) {
            Ok(e) => all.extend(e),
            Err(f) => panic!("{f:#?}"),
        }
    }
    let columns = verification::columns(&fw, &std::fs::read_to_string("templates/harness.py").unwrap(), &|c, l| {
        eprintln!("{c}: {l}")
    });
    let options = verify::Options { keep: std::env::var("KEEP").ok().map(Into::into), ..Default::default() };
    let report = verify::verify(&all, &columns, &options, &|e| eprintln!("{e:?}")).unwrap();
    for s in &report.specs {
        println!("== {} {:?}", s.spec, s.mode);
        for (n, c) in &s.columns {
            println!("  {n}: {:?} {:?} {:?} {:?} first {:?}", c.status, c.max_error, c.version, c.reason, c.first);
            if let Some(d) = &c.details {
                println!("{d}");
            }
        }
    }
}
