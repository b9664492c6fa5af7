//! A plugin with more memories or tables than it was built with: its bytes, rewritten.

/// Sections of a core module.
const TABLE: u8 = 4;
const MEMORY: u8 = 5;
/// In a component: a core module.
const MODULE: u8 = 1;

/// `more` memories of so many pages (64 KiB) each, behind its own.
pub fn memories(component: &[u8], pages: u32, more: usize) -> Vec<u8> {
    let mut entry = vec![0x00];
    number(&mut entry, pages);
    with(component, MEMORY, &entry, more)
}

/// `more` tables of so many elements each.
pub fn tables(component: &[u8], elements: u32, more: usize) -> Vec<u8> {
    let mut entry = vec![0x70, 0x00];
    number(&mut entry, elements);
    with(component, TABLE, &entry, more)
}

/// The component's first module, which is the plugin itself, with entries added to a section.
fn with(component: &[u8], section: u8, entry: &[u8], more: usize) -> Vec<u8> {
    let mut done = false;
    rewrite(component, |kind, module| {
        if kind != MODULE || std::mem::replace(&mut done, true) {
            return None;
        }
        Some(rewrite(module, |kind, entries| {
            if kind != section {
                return None;
            }
            let (count, rest) = read(entries);
            let mut new = Vec::new();
            number(&mut new, count + more as u32);
            new.extend_from_slice(rest);
            (0..more).for_each(|_| new.extend_from_slice(entry));
            Some(new)
        }))
    })
}

/// Every section, as it was or as `change` has it.
fn rewrite(wasm: &[u8], mut change: impl FnMut(u8, &[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let (header, mut rest) = wasm.split_at(8);
    let mut out = header.to_vec();
    while let [kind, sized @ ..] = rest {
        let (size, content) = read(sized);
        let (content, after) = content.split_at(size as usize);
        let changed = change(*kind, content);
        let content = changed.as_deref().unwrap_or(content);
        out.push(*kind);
        number(&mut out, content.len() as u32);
        out.extend_from_slice(content);
        rest = after;
    }
    out
}

/// LEB128, and what is behind it.
fn read(bytes: &[u8]) -> (u32, &[u8]) {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (value, &bytes[at + 1..]);
        }
    }
    panic!("no number");
}

fn number(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
