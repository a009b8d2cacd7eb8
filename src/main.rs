use hexapla::*;
use std::collections::BTreeMap;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let path = &args[1];
    let mut sources = span::Sources::default();
    let main = sources.add(path.clone(), std::fs::read_to_string(path).unwrap());
    let (program, findings) = ir::lower::lower(main, &mut sources, &mut |_, p| Err(format!("no {p}")));
    let show = |f: &[diagnostic::Diagnostic], sources: &span::Sources| for f in f {
        println!("{} {}", f.code, f.message);
        for l in &f.labels { println!("   {} {:?}: {}", sources.location(l.span), sources.text(l.span), l.text); }
        for h in &f.help { println!("   help: {h}"); }
        for h in &f.fixes { println!("   fix: {} -> {}", h.title, h.replacement); }
    };
    show(&findings, &sources);
    let Some(program) = program else { return };
    let conf = ir::infer::Configuration::default();
    let (summary, findings) = ir::analyse::check(&program, &conf);
    show(&findings, &sources);
    let Some(summary) = summary else { return };
    eprintln!("params {} macs {}", summary.params, summary.macs);
    if args.len() < 3 { for l in &summary.lines { println!("{} {} {} {} {}", sources.line(l.span), l.name, l.tensor, l.params, l.macs); } return; }
    let mut files: emit::framework::Files = BTreeMap::new();
    for e in std::fs::read_dir("templates").unwrap() {
        let e = e.unwrap();
        if !e.path().is_dir() || e.file_name() != args[2].as_str() { continue; }
        let id = e.file_name().into_string().unwrap();
        for sub in ["", "helpers"] {
            let Ok(dir) = std::fs::read_dir(e.path().join(sub)) else { continue };
            for f in dir { let f = f.unwrap(); if f.path().is_file() {
                let rel = if sub.is_empty() { format!("{id}/{}", f.file_name().into_string().unwrap()) } else { format!("{id}/{sub}/{}", f.file_name().into_string().unwrap()) };
                if let Ok(t) = std::fs::read_to_string(f.path()) { files.insert(rel, t.into()); } } }
        }
    }
    let cols = emit::framework::Columns::new(files).unwrap();
    let program = if args.len() > 3 { ir::transform::with_taps(&program, &sources) } else { program };
    match emit::prepare(&program, &conf) {
        Err(f) => show(&f, &sources),
        Ok(p) => match emit::emit(&p, cols.get(&args[2]).unwrap(), &sources, &emit::Options { spec: path.rsplit('/').next().unwrap().into(), line_refs: false }) {
            Err(f) => show(&f, &sources),
            Ok(e) => print!("{}", e.text()),
        }
    }
}
