//! The ways in which a stack was there before deployhost came: how each is started by hand, and what
//! its plan says.

use std::path::Path;

use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;
use crate::fixture::compose::services;
use crate::fixture::docker::{WEB, docker};
use crate::fixture::repository::git;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ByHand,
    Override,
    ComposeFile,
    Renamed,
    OtherFolder,
    MovedFolder,
    OtherProject,
    OtherCompose,
    DockerRun,
}

/// What the deployment is to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Succeeds,
    Breaks,
}

impl Way {
    pub const ALL: [Self; 9] = [
        Self::ByHand,
        Self::Override,
        Self::ComposeFile,
        Self::Renamed,
        Self::OtherFolder,
        Self::MovedFolder,
        Self::OtherProject,
        Self::OtherCompose,
        Self::DockerRun,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::Override => "override",
            Self::ComposeFile => "compose-file",
            Self::Renamed => "renamed",
            Self::OtherFolder => "other-folder",
            Self::MovedFolder => "moved-folder",
            Self::OtherProject => "other-project",
            Self::OtherCompose => "other-compose",
            Self::DockerRun => "docker-run",
        }
    }

    /// The tree as somebody cloned it, and the stack as somebody started it.
    pub fn start(self, fixture: &mut Fixture, compose: &ComposeVersion) {
        self.commit_first(fixture);
        fixture.clone_by_hand();
        let (tree, name) = (fixture.tree(), fixture.name.clone());
        let elsewhere = fixture.path("elsewhere");
        match self {
            Self::ByHand | Self::Renamed => up(compose, &tree, &name),
            Self::Override => {
                fixture.plan.set(
                    "app",
                    "file",
                    r#"["site/compose.yml", "site/compose.override.yml"]"#,
                );
                up(compose, &tree, &name);
            }
            Self::ComposeFile => {
                fixture
                    .plan
                    .set("app", "file", r#"["site/compose.yml", "site/more.yml"]"#);
                std::fs::write(tree.join(".env"), "COMPOSE_FILE=compose.yml:more.yml\n").unwrap();
                up(compose, &tree, &name);
            }
            Self::OtherFolder | Self::MovedFolder => {
                clone(fixture.remote(), &elsewhere);
                up(compose, &elsewhere, &name);
                if self == Self::MovedFolder {
                    std::fs::remove_dir_all(&elsewhere).unwrap();
                    return;
                }
                let containers = fixture.containers();
                let names: Vec<&str> = containers
                    .iter()
                    .map(|it| it.name.trim_start_matches('/'))
                    .collect();
                fixture.plan.set("app", "take_over", &format!("{names:?}"));
            }
            Self::OtherProject => up(compose, &tree, &format!("{name}-old")),
            Self::OtherCompose => {
                let all = ComposeVersion::all();
                let other = all.iter().rev().find(|it| it.number != compose.number);
                up(other.unwrap_or(compose), &tree, &name);
            }
            Self::DockerRun => {
                let container = format!("{name}-shop");
                let (port, volume) = (fixture.port, format!("{name}-data:/data"));
                let published = format!("127.0.0.1:{port}:8080");
                docker(&[
                    "run",
                    "-d",
                    "--name",
                    &container,
                    "-p",
                    &published,
                    "-v",
                    &volume,
                    "-e",
                    "GREETING=one",
                    "-e",
                    "OWN=kept",
                    "--restart",
                    "unless-stopped",
                    WEB,
                ]);
                fixture
                    .plan
                    .set("app", "take_over", &format!("[{container:?}]"));
            }
        }
    }

    fn commit_first(self, fixture: &Fixture) {
        let one = self.file("one", Ending::Succeeds, true);
        let more = services(&[("web", &["environment: { OWN: kept }"])]);
        let own: Vec<(&str, &str)> = match self {
            Self::Override => vec![("compose.yml", &one), ("compose.override.yml", &more)],
            Self::ComposeFile => vec![("compose.yml", &one), ("more.yml", &more)],
            Self::Renamed => vec![("docker-compose.yml", &one)],
            _ => vec![("compose.yml", &one)],
        };
        fixture.commit("One", &own);
    }

    /// What is deployed.
    pub fn commit_second(self, fixture: &Fixture, ending: Ending, health: bool) {
        let two = self.file("two", ending, health);
        let mut files = vec![("compose.yml", two.as_str())];
        if self == Self::Renamed {
            files.push(("docker-compose.yml", ""));
        }
        fixture.commit("Two", &files);
    }

    /// `health`: it breaks so that only a health check finds out.
    fn file(self, word: &str, ending: Ending, health: bool) -> String {
        let greeting = format!("environment: {{ GREETING: {word} }}");
        let mut web = vec![
            "ports: [\"127.0.0.1:@PORT@:8080\"]",
            "volumes: [\"data:/data\"]",
            greeting.as_str(),
        ];
        if self == Self::DockerRun {
            web.push("container_name: @NAME@-shop");
        }
        match (ending, health) {
            (Ending::Succeeds, _) => {}
            (Ending::Breaks, true) => web.push("command: [\"/bin/busybox\", \"sleep\", \"1000\"]"),
            (Ending::Breaks, false) => web.push("command: [\"/nope\"]"),
        }
        let db = ["command: [\"/bin/busybox\", \"sleep\", \"1000\"]"];
        let text = services(&[("db", &db), ("web", &web)]);
        format!("{text}volumes:\n  data:\n    name: @NAME@-data\n")
    }
}

fn clone(remote: &Path, to: &Path) {
    let paths = [remote, to].map(|it| it.to_str().unwrap());
    git(to.parent().unwrap(), &["clone", "-q", paths[0], paths[1]]);
}

fn up(compose: &ComposeVersion, folder: &Path, project: &str) {
    compose.up(project, &[], folder).unwrap();
}
