# The two commands to know are `make play` and `make test`. The first needs Go 1.26 and make, and no C compiler: Go fetches
# the modules on the first build. The second steps the environments from Python and opens the viewer in a browser and a window as well: it needs
# Python 3.11 with venv, a C compiler, the X11 headers, Chromium and Xvfb, which it installs where it can. `make help` lists the rest.

export CGO_ENABLED := 0

GO       ?= go
BIN      := bin/somnium
REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
FUZZTIME ?= 10s
# What make train and make play pass on, for example: make play ARGS="--frames 256"
ARGS     ?=
# Where make train keeps its episodes and its run; make clean leaves both alone.
DATA     ?= data/small
RUN      ?= runs/small
# What frames of environments of both worlds are worth in training.
WORTH    := --weight RigidCatch-v0=2,RigidPush-v0=1.5,RigidOccluder-v0=3 \
  $(foreach task,Survive Loop LookAway Revisit BehindWall Navigate Build Collect Night,--weight Voxel$(task)-v0=1.5)
# The Python of python/, and the virtual environment that its tests run in.
PYTHON   ?= python3
VENV     := out/venv
# The packages that must also build for a browser.
PURE     := ./env/... ./sim/... ./world/diffusion ./internal/kernel ./internal/ckpt ./internal/atomicfile ./internal/picture

# That of the Gymnasium client, and what runs in it.
CLIENT   := bin/venv
CLIENTPY := PYTHONPATH=$(CURDIR)/python $(CLIENT)/bin/python
# That of the long tests with Stable-Baselines3, Ray and LeRobot, which takes some 8 GB.
LEARN    := bin/learn
# Where make tutorial and make curve work.
TUTORIAL    := out/tutorial
CURVE       := out/curve
# Where make agents works, the tasks of it, and the seeds of its agents.
AGENTS := out/agents
SEEDS  := 1 2 3
OTHERS := 2 3
CATCH  := "RigidCatch-v0?height=32&width=32"
PUSH   := "RigidPush-v0?height=32&width=32"
DIG    := "VoxelCollect-v0?flat=1&height=32&width=32&reward=2&errand=1&biome=0&hour=12&creatures=0&max_episode_steps=200"
SLIP   := "RigidPush-v0?damping=5"
# What an agent takes that learns in the dream of a task.
IMAGINE := --steps 250000 --num-envs 64 --horizon 24 --length 48 --epochs 4 --batch 384 --entropy 0.003
# What make dreams dreams with, where it leaves the pictures, and where the clips that it goes on from.
MODEL    ?= medium
DREAMS   ?= docs/pictures/dreams
CLIPS    := out/dreams

.PHONY: help play viewer window test test-viewer test-slow test-arm bench bench-peers ablate curve test-python parity race build train lint format cross generate generated fuzz pictures clean setup client test-client bench-client tutorial bench-agents learn test-learn train-medium dreams agents

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

play: build $(if $(HEADLESS),,viewer) ## step into the dream, with the truth beside it, in a browser; HEADLESS=1: a picture of both
	./$(BIN) play $(if $(HEADLESS),--headless) $(ARGS)

viewer: setup ## build bin/viewer, the viewer's page
	@mkdir -p bin/viewer
	GOOS=js GOARCH=wasm $(GO) build -trimpath -buildvcs=false -ldflags '-s -w' -o bin/viewer/viewer.wasm ./viewer/app
	@test bin/viewer/viewer.wasm.gz -nt bin/viewer/viewer.wasm || \
	  { gzip -9 -n -c bin/viewer/viewer.wasm > bin/viewer/viewer.wasm.gz.new && mv bin/viewer/viewer.wasm.gz.new bin/viewer/viewer.wasm.gz; }
	@cp "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" bin/viewer/wasm_exec.js

window: build ## build bin/somnium-window, the viewer's desktop window, and open it; takes a C compiler and the X11 headers, which it installs where it can
	@$(call need,$(haswindow),$(WINDOWTOOLS))
	CGO_ENABLED=1 $(GO) build -tags window -trimpath -buildvcs=false -ldflags '-s -w' -o bin/somnium-window ./viewer/app
	$(if $(BUILD),,./$(BIN) play --window $(ARGS))

# What the desktop window is built with, and what the viewer's tests run in: how to tell that it is there, and the names of Debian's
# packages.
WINDOWTOOLS := gcc libc6-dev pkg-config libgl1-mesa-dev libxcursor-dev libxi-dev libxinerama-dev libxrandr-dev libxxf86vm-dev libasound2-dev
VIEWERTOOLS := chromium xvfb xdotool imagemagick libgl1-mesa-dri
haswindow   := command -v gcc && pkg-config --exists gl x11 xcursor xi xinerama xrandr xxf86vm alsa
hasviewer   := { command -v chromium || command -v chromium-browser || command -v google-chrome; } && command -v Xvfb && command -v xdotool && \
  command -v import && ls /usr/lib/*/dri/*swrast* /usr/lib*/dri/*swrast* 2>/dev/null | grep -q .
# $(call need,how to tell,packages) installs packages where apt-get is there and may, and says so where something still lacks.
apt          = DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120
need         = { $(1); } >/dev/null 2>&1 || { command -v apt-get >/dev/null && $(apt) update && $(apt) install -y $(2); }; \
  { $(1); } >/dev/null 2>&1 || { echo "somnium: something of this is missing and could not be installed (see above): $(2). Install what your system has for these packages of Debian's, and run make again" >&2; exit 1; }

test-viewer: viewer ## the viewer in a real browser and a real window, with Chromium and Xvfb, which it installs where it can; TAGS=slow: a screenshot of every scene, too
	@$(call need,$(hasviewer),$(VIEWERTOOLS))
	@$(MAKE) window BUILD=1
	$(GO) test -tags "viewer $(TAGS)" -count=1 -timeout 30m ./viewer/browser

test: setup lint cross ## everything that must hold, within 15 minutes on two cores
	$(GO) test -timeout 12m ./...
	$(GO) test -tags noasm -timeout 5m ./internal/kernel ./internal/gop ./internal/nn ./world ./world/dit ./world/tokenizer
	$(MAKE) test-client
	$(MAKE) test-viewer

test-client: build client ## the tests of the Gymnasium client, check_env on every environment among them
	$(CLIENTPY) -m pytest -c python/pyproject.toml python/tests/client

test-slow: setup lint cross generated ## the long forms of the tests as well, the race detector, ARM and the PyTorch twin among them; hours
	$(GO) test -tags slow -timeout 12h ./...
	$(GO) test -tags noasm -timeout 1h ./...
	$(MAKE) race
	$(MAKE) test-arm
	$(MAKE) test-python
	$(MAKE) test-viewer TAGS=slow
	$(MAKE) test-learn

test-learn: build learn ## Stable-Baselines3 learns Catch from pixels, Ray collects on two nodes, LeRobot reads what is exported; an hour
	PYTHONPATH=$(CURDIR)/python $(LEARN)/bin/python -m pytest -c python/pyproject.toml python/tests/learn

test-arm: setup ## the tests of the kernels, the graph and the dreams, and the goldens of the voxel world, on ARM, emulated by qemu-user, which it installs where it can
	@command -v qemu-aarch64 >/dev/null || apt-get install -y qemu-user || { echo "qemu-aarch64 is missing; install qemu-user" >&2; exit 1; }
	GOOS=linux GOARCH=arm64 $(GO) test -exec qemu-aarch64 -timeout 1h ./internal/kernel ./internal/gop ./world/dit ./world/flow ./world
	GOOS=linux GOARCH=arm64 $(GO) test -exec qemu-aarch64 -timeout 1h -run 'Golden|Reference' ./sim/voxel/...

bench: setup ## the speed of products, blocks, training steps and dreams: GFLOP/s, clips/s, frames/s
	$(GO) test -run '^$$' -bench . -benchmem ./internal/kernel ./world/dit ./world ./world/train

bench-peers: setup $(VENV)/ready client ## the same beside OpenBLAS and the PyTorch twin, and the voxel world beside Crafter, in one run: medians of alternated pairs
	$(CLIENT)/bin/python -m pip install -q --disable-pip-version-check -r python/bench/requirements.txt
	@command -v cc >/dev/null || apt-get install -y gcc libc6-dev || echo "a C compiler is missing: a call of OpenBLAS costs what Python takes for it" >&2
	@ldconfig -p | grep -q libopenblas || apt-get install -y libopenblas0 || echo "OpenBLAS is missing: products are measured against PyTorch's" >&2
	PYTHONPATH=python $(GO) run ./internal/bench --python $(VENV)/bin/python --crafter $(CLIENT)/bin/python $(ARGS)

ablate: setup ## compare variants of the model and its training at equal compute, in out/ablate, or, with ARGS='--of memory --out out/memory', with and without memory; an hour and more on two cores; stopped at any moment, it goes on when run again
	$(GO) build -o bin/ablate ./internal/ablate
	./bin/ablate $(ARGS)

curve: build ## quality against training compute: the medium preset on both worlds, trained for 500, 2,000 and 8,000 updates, in out/curve; an hour and a half on two cores
	./$(BIN) collect --recipe worlds --out $(CURVE)/data
	./$(BIN) train $(CURVE)/data/* --preset medium --out $(CURVE)/code --tokenizer-steps 6000 --seed 1
	for updates in 500 2000 8000; do \
	  ./$(BIN) train $(CURVE)/data/* --preset medium --out $(CURVE)/$$updates --from $(CURVE)/code/weights.safetensors \
	    --dynamics-steps $$updates --self-rollout 0 --seed 1 || exit 1; \
	done
	./$(BIN) measure $(foreach updates,500 2000 8000,$(CURVE)/$(updates)/weights.safetensors) --only next --clips 32 --out $(CURVE) $(ARGS)

race: setup ## the tests under the race detector, which needs a C compiler
	CGO_ENABLED=1 $(GO) test -race -timeout 30m ./...

test-python: $(VENV)/ready ## the tests of the PyTorch twin; fetches PyTorch (large) where PYTHON has none
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -c python/pyproject.toml python/tests/twin

parity: setup $(VENV)/ready ## record anew what the Go model and its PyTorch twin are held to
	PYTHONPATH=python $(VENV)/bin/python python/tests/twin/parity.py weights
	$(GO) test ./world/parity -update
	PYTHONPATH=python $(VENV)/bin/python python/tests/twin/parity.py results
	$(GO) test -count=1 ./world/parity

$(VENV)/ready: python/tests/twin/requirements.txt
	$(PYTHON) -m venv --system-site-packages $(VENV)
	@for module in torch numpy pytest; do \
	  $(VENV)/bin/python -c "import $$module" 2>/dev/null || $(VENV)/bin/pip install $$(grep "^$$module==" python/tests/twin/requirements.txt) || exit 1; \
	done
	touch $@

build: setup ## build bin/somnium, one static program
	$(GO) build -trimpath -buildvcs=false -ldflags "-s -w -X main.revision=$(REVISION)" -o $(BIN) ./cmd/somnium

train-medium: build ## make the weights of the medium preset anew, from the embedded ones of small: collect the episodes of both worlds, train; stopped at any moment, it goes on when run again
	./$(BIN) collect --recipe worlds --out data/worlds
	./$(BIN) train data/worlds/* --preset medium --from small --out runs/medium --seed 1 --tokenizer-steps 3500 --dynamics-steps 10400 --self-rollout 0.365 $(WORTH) $(ARGS)
	./$(BIN) train data/worlds/* --preset medium --from runs/medium/weights.safetensors --keep-latents --out runs/decoder --seed 1 --tokenizer-steps 13000 $(WORTH)

train: build ## make the weights of the small preset anew: collect the episodes, train; stopped at any moment, it goes on when run again
	./$(BIN) collect RigidCatch-v0 --out $(DATA)/catch --episodes 300 --max-steps 300 --agent sticky,scripted:0.3,random --seed 101 --no-states
	./$(BIN) collect RigidPush-v0 --out $(DATA)/push --episodes 900 --max-steps 100 --agent sticky,scripted:0.5,random --seed 102 --no-states
	./$(BIN) collect RigidBounce-v0 RigidOccluder-v0 --out $(DATA)/scenes --episodes 700 --max-steps 100 --agent noop --seed 103 --no-states
	./$(BIN) collect RigidUniform-v0 RigidCollision-v0 RigidParabola-v0 --out $(DATA)/phyworld --episodes 2100 --agent noop --seed 104 --no-states
	for size in "48 80" "80 48" "32 32"; do set -- $$size; query="?height=$$1&width=$$2"; \
	  ./$(BIN) collect "RigidCatch-v0$$query" "RigidPush-v0$$query" "RigidBounce-v0$$query" "RigidOccluder-v0$$query" \
	    --out $(DATA)/s$$1x$$2 --episodes 120 --max-steps 100 --agent sticky --seed 105 --no-states || exit 1; \
	done
	./$(BIN) train $(foreach part,catch push scenes phyworld s48x80 s80x48 s32x32,$(DATA)/$(part)) --out $(RUN) --seed 1 \
	  --tokenizer-steps 7500 --dynamics-steps 46000 --self-rollout 0.65 --weight RigidCatch-v0=5,RigidPush-v0=1.5 $(ARGS)

tutorial: build ## learn in a dream, test in the truth: docs/tutorial.md from end to end, in out/tutorial; half an hour on two cores
	./$(BIN) collect $(CATCH) --out $(TUTORIAL)/data --episodes 600 --max-steps 300 --agent sticky,scripted:0.3,scripted:0.1,random --seed 7 --no-states
	./$(BIN) train $(TUTORIAL)/data --from small --out $(TUTORIAL)/world --tokenizer-steps 1500 --dynamics-steps 10000 --self-rollout 0.6 --seed 1
	./$(BIN) dream $(CATCH) --model $(TUTORIAL)/world/weights.safetensors --out $(TUTORIAL)/dream.gif
	./$(BIN) agent train dream:$(TUTORIAL)/world/weights.safetensors@$(CATCH) --data $(TUTORIAL)/data --out $(TUTORIAL)/agent --seed 1 $(IMAGINE)
	./$(BIN) agent train $(CATCH) --out $(TUTORIAL)/truth --steps 600000 --seed 1
	./$(BIN) agent eval $(CATCH) $(TUTORIAL)/agent/agent.safetensors $(TUTORIAL)/truth/agent.safetensors scripted random --episodes 100
	./$(BIN) agent rank $(CATCH) $(TUTORIAL)/truth/agent-*.safetensors --chances 0,0.5 --episodes 8 --model $(TUTORIAL)/world/weights.safetensors
	@touch $(TUTORIAL)/done

$(TUTORIAL)/done:
	$(MAKE) tutorial

# $(call learner,folder,environment,flags,seeds) trains an agent of every seed, but for those that are there, and $(call learned,folder,seeds)
# names them; default: SEEDS. The first seed of Catch is the tutorial's.
learner = for seed in $(or $(4),$(SEEDS)); do \
    [ -f $(1)-$$seed/done ] || { ./$(BIN) agent train $(2) --out $(1)-$$seed --seed $$seed $(3) && touch $(1)-$$seed/done; } || exit 1; \
  done
learned = $(foreach seed,$(or $(2),$(SEEDS)),$(1)-$(seed)/agent.safetensors)

agents: build $(TUTORIAL)/done ## the rest of what docs/agents.md reports, in out/agents: three seeds of each, planning in the dream, a voxel task, PPO on Push; what is finished is kept; two hours on two cores
	$(call learner,$(AGENTS)/ppo-catch,$(CATCH),--steps 600000,$(OTHERS))
	$(call learner,$(AGENTS)/dream-catch,dream:$(TUTORIAL)/world/weights.safetensors@$(CATCH),--data $(TUTORIAL)/data $(IMAGINE),$(OTHERS))
	./$(BIN) agent eval $(CATCH) $(TUTORIAL)/truth/agent.safetensors $(call learned,$(AGENTS)/ppo-catch,$(OTHERS)) \
	  $(TUTORIAL)/agent/agent.safetensors $(call learned,$(AGENTS)/dream-catch,$(OTHERS)) scripted random
	./$(BIN) collect $(PUSH) --out $(AGENTS)/push --episodes 3000 --max-steps 100 --agent sticky,scripted:0.5,scripted:0.2,random --seed 8 --no-states
	./$(BIN) train $(AGENTS)/push --from small --out $(AGENTS)/push-world --tokenizer-steps 1500 --dynamics-steps 6500 --self-rollout 0.5 --seed 1
	./$(BIN) agent eval $(PUSH) cem cem:$(AGENTS)/push-world/weights.safetensors scripted random --episodes 20 --candidates 64 --horizon 8
	./$(BIN) collect $(DIG) --out $(AGENTS)/dig --episodes 1500 --max-steps 200 --agent scripted,scripted:0.3,scripted:0.6,sticky,random --seed 11 --no-states
	./$(BIN) train $(AGENTS)/dig --preset medium --from medium --out $(AGENTS)/dig-world --tokenizer-steps 6000 --dynamics-steps 6000 --self-rollout 0.5 --seed 1
	$(call learner,$(AGENTS)/dream-dig,dream:$(AGENTS)/dig-world/weights.safetensors@$(DIG),--data $(AGENTS)/dig $(IMAGINE) --steps 150000 --length 24 --discount 0.98 --entropy 0.0005)
	./$(BIN) agent eval $(DIG) $(call learned,$(AGENTS)/dream-dig) scripted random
	$(call learner,$(AGENTS)/ppo-slip,$(SLIP),--steps 4000000 --horizon 32 --batch 512 --epochs 2 --entropy 0.001 --discount 0.99 --lambda 0.95)
	./$(BIN) agent eval $(SLIP) $(call learned,$(AGENTS)/ppo-slip) scripted random
	./$(BIN) agent train RigidPush-v0 --out $(AGENTS)/taught-push --teacher scripted --teach 2 --steps 3000000 --horizon 32 --batch 512 --epochs 2 --entropy 0.001 --discount 0.99 --lambda 0.95 --seed 1
	./$(BIN) agent eval RigidPush-v0 $(AGENTS)/taught-push/agent.safetensors scripted random

# $(call dream,environment,flags,picture)
dream = ./$(BIN) dream $(1) --model $(MODEL) --seed 1 $(2) --out $(DREAMS)/$(3)

dreams: build ## the pictures of docs/model.md, of every way to dream that there is; MODEL=... for other weights
	rm -rf $(CLIPS)
	./$(BIN) collect RigidBounce-v0 --out $(CLIPS)/rigid --episodes 6 --max-steps 60 --agent noop --seed 1099511627776
	./$(BIN) collect "VoxelSurvive-v0?flat=1" --out $(CLIPS)/voxel --episodes 4 --max-steps 60 --agent sticky --seed 1099511627776
	./$(BIN) rollout "dream:$(MODEL)@RigidCatch-v0?max_episode_steps=1200" --agent sticky --steps 1200 --every 6 --seed 1 --out $(DREAMS)/minute-catch.gif
	./$(BIN) rollout "dream:$(MODEL)@VoxelSurvive-v0?flat=1" --agent sticky --steps 1200 --every 6 --seed 1 --out $(DREAMS)/minute-voxel.gif
	$(call dream,RigidCatch-v0,--frames 32,catch.png)
	$(call dream,RigidPush-v0,--frames 32,push.png)
	$(call dream,"VoxelSurvive-v0?flat=1",--frames 32 --agent sticky,voxel.png)
	$(call dream,RigidBounce-v0,--text "three discs bounce in a box" --frames 32,text-rigid.png)
	$(call dream,"VoxelSurvive-v0?flat=1",--text "a forest in a minecraft world" --frames 32 --agent sticky,text-minecraft.png)
	$(call dream,"VoxelSurvive-v0?flat=1",--text "a desert in a minecraft world" --frames 1,text-image.png)
	$(call dream,"VoxelSurvive-v0?flat=1",--image docs/pictures/voxel/biomes.png --frames 32 --agent sticky,animate.png)
	$(call dream,,--clip $(CLIPS)/voxel#1 --frames 32,forward.png)
	$(call dream,,--clip $(CLIPS)/rigid#0 --backward --frames 24,backward.png)
	$(call dream,,--clip $(CLIPS)/rigid#0 --loop --frames 24,loop.png)
	$(call dream,,--clip $(CLIPS)/rigid#0 --connect $(CLIPS)/rigid#2 --frames 16,connect.png)
	$(call dream,,--clip $(CLIPS)/voxel#1 --edit 0.5 --frames 24,edit.png)
	$(call dream,"VoxelSurvive-v0?flat=1&height=48&width=80",--frames 32 --agent sticky,wide.png)

bench-agents: build learn ## steps a second of PPO end to end, beside Stable-Baselines3 in one run
	PYTHONPATH=$(CURDIR)/python $(LEARN)/bin/python python/bench/ppo.py --somnium $(BIN) $(ARGS)

lint: setup ## gofmt and go vet
	@unformatted=$$($$($(GO) env GOROOT)/bin/gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make format does it):" >&2; echo "$$unformatted" >&2; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags slow,viewer ./...
	GOOS=js GOARCH=wasm $(GO) vet ./viewer/app

format: ## gofmt every file
	$$($(GO) env GOROOT)/bin/gofmt -w .

cross: setup ## build for ARM, and what is pure for browsers
	GOOS=linux GOARCH=arm64 $(GO) build ./...
	GOOS=linux GOARCH=arm64 $(GO) vet ./internal/kernel
	GOOS=js GOARCH=wasm $(GO) build $(PURE)

generate: ## write the assembly of internal/kernel anew (fetches avo)
	$(GO) -C internal/kernel/gen run . ..

generated: generate ## check that the assembly in the repository is what its generator writes
	git diff --exit-code -- internal/kernel

fuzz: setup ## run every fuzz target for FUZZTIME (10s) each
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' $$file); do \
	    echo "$$(dirname $$file) $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$(dirname $$file); \
	  done; \
	done

pictures: setup ## draw the pictures of docs/pictures/rigid, docs/pictures/voxel and docs/pictures/viewer anew
	$(GO) test ./sim/rigid -run 'TestStrips$$' -update
	$(GO) test ./viewer/ui -run 'TestPictures$$' -update
	$(GO) test -tags slow ./internal/gallery -update

client: $(CLIENT)/ready ## make the virtual environment of the Gymnasium client, with exact pins

$(CLIENT)/ready: python/tests/client/requirements.txt
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { command -v apt-get >/dev/null && \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q python3 python3-venv; } || \
	  { echo "somnium: Python's venv is missing; install python3 and python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "somnium: Python 3.11 or newer is needed; name one with make PYTHON=..." >&2; exit 1; }
	rm -rf $(CLIENT)
	$(PYTHON) -m venv $(CLIENT)
	$(CLIENT)/bin/python -m pip install -q --disable-pip-version-check -r python/tests/client/requirements.txt
	touch $@

learn: $(LEARN)/ready ## make the virtual environment of the long tests, with exact pins

$(LEARN)/ready: python/tests/learn/requirements.txt
	rm -rf $(LEARN)
	$(PYTHON) -m venv $(LEARN)
	$(LEARN)/bin/python -m pip install -q --disable-pip-version-check --no-deps -r python/tests/learn/requirements.txt
	touch $@

bench-client: build client ## steps a second from Python, beside CartPole and Crafter
	$(CLIENT)/bin/python -m pip install -q --disable-pip-version-check -r python/bench/requirements.txt
	$(CLIENTPY) python/bench/steps.py $(ARGS)

clean: ## remove what was built and rolled out; data and training runs stay
	rm -rf bin out

setup:
	@command -v $(GO) >/dev/null || { echo "somnium: Go is missing; install 1.26 or newer from https://go.dev/dl/" >&2; exit 1; }
	@version=$$($(GO) env GOVERSION); case "$$version" in \
	  go1.2[6-9]*|go1.[3-9][0-9]*|go[2-9]*|devel*) ;; \
	  *) echo "somnium: Go 1.26 or newer is needed and this is $$version; install it from https://go.dev/dl/" >&2; exit 1 ;; \
	esac; \
	echo "setup: $$version; Go fetches missing modules by itself, and nothing else is installed"
