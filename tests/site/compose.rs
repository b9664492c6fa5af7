//! Compose files of the tests' services.

use super::docker::WEB;

/// The service answers on the site's port.
pub const PUBLISHED: &str = "ports: [\"127.0.0.1:@PORT@:8080\"]";
/// And tells the commit that it was started with.
pub const COMMITTED: &str = "environment: { COMMIT: \"${DEPLOYHOST_COMMIT}\" }";

/// A file with these services, each with lines of its own; where none says otherwise, they run the
/// tests' web server. `@PORT@` and `@NAME@` become the site's when it is committed.
pub fn services(services: &[(&str, &[&str])]) -> String {
    let mut file = "version: \"3.7\"\nservices:\n".to_owned();
    for (name, lines) in services {
        file += &format!("  {name}:\n");
        let says = |key: &str| lines.iter().any(|line| line.starts_with(key));
        if !says("image:") && !says("build:") {
            file += &format!("    image: {WEB}\n");
        }
        for line in *lines {
            file += &format!("    {line}\n");
        }
    }
    file
}

/// A file with the service `web` alone, which greets with a word.
pub fn greeting(word: &str) -> String {
    let greeting = format!("environment: {{ GREETING: {word} }}");
    services(&[("web", &[PUBLISHED, &greeting])])
}
