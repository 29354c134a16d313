#!/usr/bin/env bash
# One run on a rented GPU. Whatever ends it, OUT holds the model as of the last minute, in small files:
#   training/rented_gpu.sh CONFIG PACK MINUTES OUT [--start-from MODEL ...]
# OUT gets card.json, model.safetensors.aa, .ab, ... of at most 15 MiB (join them with cat), log.jsonl and the last
# picture. The run's own folder with the checkpoint is OUT.run, or what the environment variable RUN names; further
# options go to training.train.
set -euo pipefail
config=$1 pack=$2 minutes=$3 out=$4
shift 4
run=${RUN:-${out%/}.run}
mkdir -p "$out" "$run"

hand_over() { # MODEL_FOLDER
    rm -rf "$out/.next" && mkdir "$out/.next"
    split -b 15M "$1/model.safetensors" "$out/.next/model.safetensors."
    cp "$1/card.json" "$out/.next/"
    rm -f "$out"/model.safetensors.* && mv "$out"/.next/* "$out/" && rmdir "$out/.next"
    cp "$run/log.jsonl" "$out/"
    [ ! -e "$run/samples-latest.png" ] || cp "$run/samples-latest.png" "$out/"
}

each_minute() {
    trap 'stop=1; kill "$child" 2>/dev/null || true' TERM # a hand-over that has begun is completed
    while [ -z "${stop-}" ] && { sleep 60 & child=$!; wait "$child"; }; do
        [ -e "$run/checkpoint.safetensors" ] || continue
        python3 -m training.export "$config" "$run/part" --output "$run" \
            --name "$(basename "$run")" --version 0 >/dev/null &
        child=$!
        wait "$child" || continue
        hand_over "$run/part"
    done
}

each_minute &
minder=$!
trap 'kill "$minder" 2>/dev/null && wait "$minder" || true' EXIT
python3 -m training.train "$config" --pack "$pack" --minutes "$minutes" --output "$run" "$@"
kill "$minder" && wait "$minder" 2>/dev/null || true
hand_over "$run/model"
