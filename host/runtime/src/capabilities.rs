//! The one list of capabilities: from here come the linker, what one call holds, what an entry may
//! be granted, and the words that a schema may say.
//!
//! To add one: its interface in `wit/`, its module in `capability/`, and a line below.

use std::sync::Arc;

use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::secret::Secret;
use serde_json::{Map, Value};
use wasmtime::component::{HasSelf, Linker};

use crate::capability::grant::{GrantScope, GrantTable, Lock, Marked, Requirement, unknown};
use crate::capability::{
    CallScope, Capability, clock::Clock, compose::Compose, containers::Containers, git::Git,
    http::Http, log::Log, progress::Progress,
};
use crate::sandbox::{CallError, State};

/// Types alone: every plugin imports it.
const TYPES: &str = "run";

macro_rules! capabilities {
    (always { $($always:ident: $Always:ty,)+ } granted { $($name:ident: $Host:ty,)+ }) => {
        /// What does what capabilities allow; shared by every plugin of a run.
        #[derive(Clone)]
        pub struct Ports {
            $(pub $name: <$Host as Capability>::Port,)+
        }

        /// What one entry of the plan may use. The default is nothing.
        #[derive(Clone, Default)]
        pub struct EntryGrants {
            $(pub $name: Vec<<$Host as Capability>::Grant>,)+
            /// The secrets that the entry's config names.
            pub secrets: Vec<Arc<Secret>>,
        }

        /// What the interfaces of one call are answered by.
        pub(crate) struct Hosts {
            $($always: $Always,)+
            $($name: $Host,)+
        }

        impl Hosts {
            pub(crate) fn new(
                scope: &CallScope,
                ports: &Ports,
                grants: &EntryGrants,
            ) -> Result<Self, CallError> {
                Ok(Self {
                    $($always: <$Always>::new(scope.call.clone()),)+
                    $($name: <$Host as Capability>::new(
                        scope,
                        grants.$name.clone(),
                        ports.$name.clone(),
                    )?,)+
                })
            }

            pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
                use crate::capability;
                $(capability::$always::add_to_linker::<_, HasSelf<$Always>>(
                    linker,
                    |it: &mut State| &mut it.hosts.$always,
                )?;)+
                $(capability::$name::add_to_linker::<_, HasSelf<$Host>>(
                    linker,
                    |it: &mut State| &mut it.hosts.$name,
                )?;)+
                Ok(())
            }
        }

        /// Everything that a plugin may import of ours.
        pub const IMPORTS: &[&str] = &[$(stringify!($always),)+ $(stringify!($name),)+ TYPES];

        /// The keys of a plan's `grant`.
        pub const KEYS: &[&str] = &[$(stringify!($name),)+];

        /// Every word of `x-grant`.
        pub fn markers() -> Vec<&'static str> {
            [$(<$Host as Capability>::MARKERS,)+].concat()
        }

        /// A config value that grants something, as it is meant: a path becomes absolute.
        pub fn resolve_marked(
            marker: &str,
            text: &str,
            scope: &GrantScope<'_>,
        ) -> Result<String, deployhost_policy::Diagnostic> {
            $(if <$Host as Capability>::MARKERS.contains(&marker) {
                return <$Host as Capability>::resolve_marked(marker, text, scope);
            })+
            Ok(text.to_owned())
        }

        impl EntryGrants {
            /// What is written under `grant`. A fault's pointer begins there.
            pub fn read(
                written: &Map<String, Value>,
                scope: &GrantScope<'_>,
            ) -> Result<Self, ConfigFault> {
                if let Some(key) = written.keys().find(|key| !KEYS.contains(&key.as_str())) {
                    return Err(unknown("", key, "`grant`", KEYS));
                }
                let mut grants = Self::default();
                $(for table in GrantTable::all(
                    stringify!($name),
                    written,
                    <$Host as Capability>::KEYS,
                )? {
                    grants.$name.push(<$Host as Capability>::read_grant(&table, scope)?);
                })+
                Ok(grants)
            }

            /// Adds what the config grants. A fault's pointer begins at the config.
            pub fn add_marked(
                &mut self,
                marked: &[Marked],
                scope: &GrantScope<'_>,
            ) -> Result<(), ConfigFault> {
                $(<$Host as Capability>::add_marked(&mut self.$name, marked, scope)?;)+
                Ok(())
            }

            /// Whether an import has a grant behind it.
            pub fn covers(&self, import: &str) -> bool {
                match import {
                    $(stringify!($name) => !self.$name.is_empty(),)+
                    import => IMPORTS.contains(&import),
                }
            }

            /// Takes away what is not imported.
            pub fn retain(&mut self, imports: &[String]) {
                $(if !imports.iter().any(|import| import == stringify!($name)) {
                    self.$name.clear();
                })+
            }

            /// Capability and what it lets do, a line each, as `check` prints them.
            pub fn describe(&self) -> Vec<(&'static str, String)> {
                let mut lines = Vec::new();
                $(lines.extend(
                    self.$name.iter().map(|grant| (stringify!($name), grant.to_string())),
                );)+
                lines
            }

            /// What a run with these grants has to have for itself.
            pub fn locks(&self) -> Vec<Lock> {
                let mut locks = Vec::new();
                $(locks.extend(self.$name.iter().flat_map(<$Host as Capability>::locks));)+
                locks
            }

            /// What has to be on the machine for them.
            pub fn requirements(&self) -> Vec<Requirement> {
                let mut all = Vec::new();
                $(if !self.$name.is_empty() {
                    all.extend(<$Host as Capability>::REQUIRES);
                })+
                all
            }
        }
    };
}

capabilities! {
    always {
        log: Log,
        progress: Progress,
        clock: Clock,
    }
    granted {
        http: Http,
        git: Git,
        compose: Compose,
        containers: Containers,
    }
}
