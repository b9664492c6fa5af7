#!/usr/bin/env bash
# Four deployments of a real web page: two that succeed, one that breaks and rolls itself back, one
# that is cancelled. Everything happens below target/demo; run it with `make demo`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
demo=$root/target/demo
deployhost=$root/target/release/deployhost
server=$root/target/release/hello-server
export DISCORD_WEBHOOK_URL

bold=; plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m'; plain=$'\e[0m'; fi
title() { printf '\n%s── %s%s\n' "$bold" "$1" "$plain"; }

docker=1
docker info >/dev/null 2>&1 || docker=

servers=()
clean() {
  for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
  if [ -n "$docker" ]; then
    docker ps -aq --filter label=com.docker.compose.project=deployhost-hello | xargs -r docker rm -f >/dev/null 2>&1 || true
  fi
}
trap clean EXIT
clean
rm -rf "$demo"
mkdir -p "$demo"

if [ -n "$docker" ]; then
  plan=$demo/plan.toml
  cp "$here/plan.toml" "$plan"
  mkdir "$demo/image"
  cp /bin/busybox "$demo/image/busybox"
  docker build --quiet -t deployhost-hello/busybox -f "$here/app/base.Dockerfile" "$demo/image" \
    >"$demo/image.log" 2>&1 || { cat "$demo/image.log"; exit 1; }
else
  plan=$demo/plan-without-docker.toml
  cp "$here/plan-without-docker.toml" "$plan"
  "$server" page 127.0.0.1:18080 "$demo/site" & servers+=($!)
fi

# The local Discord prints its webhook's address first, then every message it gets.
mkfifo "$demo/discord"
"$server" discord 127.0.0.1:18081 >"$demo/discord" & servers+=($!)
exec 3<"$demo/discord"
read -r DISCORD_WEBHOOK_URL <&3
# On a terminal a message first takes away the line that deployhost is redrawing.
above=; [ -t 1 ] && above=$'\r\e[2K'
while IFS= read -r message; do printf '%s%s\n' "$above" "$message"; done <&3 & servers+=($!)

# A developer and the remote that he pushes to.
git init --quiet --bare --initial-branch=main "$demo/remote.git"
git init --quiet --initial-branch=main "$demo/developer"
developer() { git -C "$demo/developer" -c user.name=Ada -c user.email=ada@example.org "$@"; }
push() {
  developer add --all
  developer commit --quiet --message "$1"
  developer push --quiet "$demo/remote.git" main
}

codes=()
deploy() {
  local code=0
  "$deployhost" run --plan "$plan" --state "$demo/state" "$@" || code=$?
  codes+=("$code")
  sleep 0.2   # lets the local Discord finish printing
  printf '%sexit code %s%s\n' "$bold" "$code" "$plain"
}

title "1 of 4: the first version"
cp -r "$here/app/." "$demo/developer/"
rm "$demo/developer/base.Dockerfile"
push "Say hello"
deploy --confirm DEPLOY

title "2 of 4: a second version"
sed -i 's/Hello, world/Hello again, world/' "$demo/developer/www/index.html"
push "Say hello again"
deploy --confirm DEPLOY

title "3 of 4: a version whose page is broken"
sed -i 's/Hello again, world/Oops/' "$demo/developer/www/index.html"
push "Break the page"
deploy --confirm DEPLOY
title "what a visitor gets now"
curl --silent http://127.0.0.1:18080/

title "4 of 4: a version that nobody confirms"
sed -i 's/Oops/Hello once more, world/' "$demo/developer/www/index.html"
push "Say hello once more"
deploy --confirm "no thanks"

title "what is kept of it"
"$deployhost" history --plan "$plan" --state "$demo/state"

printf '\nexit codes: %s (wanted: 0 0 4 6)\n' "${codes[*]}"
[ "${codes[*]}" = "0 0 4 6" ]
