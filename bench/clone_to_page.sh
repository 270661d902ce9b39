#!/usr/bin/env bash
# Seconds from `git clone` to the first page, with what pip has in its cache: bench/clone_to_page.sh
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
port=${PORT:-8765}
start=$(date +%s%N)
make_pid=
finish() {
    [[ -z $make_pid ]] || { kill "$make_pid" && wait "$make_pid"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

git clone --quiet "$source" "$folder/clone"
cd "$folder/clone"
env -u SECRET_KEY -u DATABASE_URL -u DATA_DIR PORT="$port" make run >"$folder/log" 2>&1 &
make_pid=$!
until curl --silent --fail --output /dev/null "http://localhost:$port/"; do
    kill -0 "$make_pid" || { cat "$folder/log"; exit 1; }
    sleep 0.2
done
seconds=$((($(date +%s%N) - start) / 1000000000))
echo "$seconds s from clone to the first page; at most 60"
((seconds <= 60))
