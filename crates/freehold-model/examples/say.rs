//! x
fn main() {
    for p in std::env::args().skip(1) {
        let t = std::fs::read_to_string(&p).unwrap();
        match freehold_model::read(&p, &t) { Ok(mut m) => {println!("ok {}\n{}", m.context, m.warnings); m.warnings = m.warnings.clone();
          for a in &m.aggregates { for s in &a.state { println!("{} {:?} opt={} list={} def={:?} own={}", s.field.name, s.field.ty, s.field.optional, s.field.list, s.field.default, s.own); }
            for c in &a.commands { println!("{} {:?}", c.name, c.route); for e in &c.emits { println!("  {} {:?}", e.event, e.fields.iter().map(|(f,s)| format!("{f}:{}", format!("{s:?}").split('(').next().unwrap())).collect::<Vec<_>>()); } } }
          for v in &m.views { println!("{} {:?}", v.name, v.key); for o in &v.on { println!("  {} begins={} {:?}", o.event, o.begins, o.assigns.iter().map(|a| &a.0).collect::<Vec<_>>()); } for q in &v.queries { println!("  {:?}", q.route);} }
        }, Err(e) => println!("{e}") }
    }
}
