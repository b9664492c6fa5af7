//! What is to be done with one service, and the words for it.

/// What happens to a service's containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Leave,
    Restart,
    Recreate,
    /// It has no container yet.
    Create,
    /// What stands in its place was made by others, and makes way.
    TakeOver,
    /// What was found in its place comes back as it was.
    PutBack,
    /// Another number of containers is wanted; those that stay are left as they are.
    Scale,
    /// It did not run in the release that is brought back.
    Stop,
}

/// What has to be here before anything stops. Until it is, the verb is what is known without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preparation {
    None,
    /// `sure`: the build context is another, so that another image is expected.
    Build {
        sure: bool,
    },
    Pull,
    /// The image's name has to stand for the release's image again.
    Retag,
    /// Nothing of its own: another service's preparation decides what happens to it.
    Another,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub service: String,
    pub verb: Verb,
    pub preparation: Preparation,
    /// For people.
    pub why: String,
}

impl Verb {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Restart => "restart",
            Self::Recreate => "recreate",
            Self::Create => "create",
            Self::TakeOver => "take over",
            Self::PutBack => "put back",
            Self::Scale => "scale",
            Self::Stop => "stop",
        }
    }

    pub const fn done(self) -> &'static str {
        match self {
            Self::Leave => "left",
            Self::Restart => "restarted",
            Self::Recreate => "recreated",
            Self::Create => "created",
            Self::TakeOver => "taken over",
            Self::PutBack => "put back",
            Self::Scale => "scaled",
            Self::Stop => "stopped",
        }
    }

    /// Every container is a new one after it.
    pub const fn replaces(self) -> bool {
        matches!(
            self,
            Self::Recreate | Self::Create | Self::TakeOver | Self::PutBack
        )
    }
}

impl Decision {
    /// The action that people are shown. None: nothing happens to the service. It begins with `at most`
    /// where the preparation may turn out to change nothing.
    pub fn what(&self) -> Option<String> {
        let verb = match self.verb {
            Verb::Create | Verb::TakeOver => self.verb.word(),
            _ => "recreate",
        };
        let service = &self.service;
        Some(match self.preparation {
            Preparation::None if self.verb == Verb::Leave => return None,
            Preparation::None => format!("{} {service}", self.verb.word()),
            Preparation::Build { sure } if sure || self.verb.replaces() => {
                format!("build and {verb} {service}")
            }
            Preparation::Build { .. } => format!("at most: build and recreate {service}"),
            Preparation::Pull | Preparation::Retag | Preparation::Another
                if self.verb.replaces() =>
            {
                format!("{verb} {service}")
            }
            Preparation::Pull | Preparation::Retag | Preparation::Another => {
                format!("at most: recreate {service}")
            }
        })
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// An image id as `docker images` shows it.
pub fn short_image(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.get(..12).unwrap_or(hex)
}

/// A commit id as people write it.
pub fn short_commit(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}
