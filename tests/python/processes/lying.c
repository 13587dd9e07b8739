/* Types whose tp_traverse does what it may not do: each holds its first argument and borrows its second. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    PyObject *held;
    PyObject *foreign;
} Liar;

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *held, *foreign;
    if (!PyArg_ParseTuple(args, "OO", &held, &foreign)) {
        return NULL;
    }
    Liar *liar = (Liar *)type->tp_alloc(type, 0);
    if (liar != NULL) {
        Py_INCREF(held);
        liar->held = held;
        liar->foreign = foreign;
    }
    return (PyObject *)liar;
}

static void finish(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((Liar *)self)->held);
    Py_TYPE(self)->tp_free(self);
}

/* Reports null, without the check of Py_VISIT. */
static int traverse_null(PyObject *self, visitproc visit, void *arg)
{
    return visit(NULL, arg);
}

/* Reports one reference a hundred times. */
static int traverse_twice(PyObject *self, visitproc visit, void *arg)
{
    for (int i = 0; i < 100; i++) {
        int stop = visit(((Liar *)self)->held, arg);
        if (stop) {
            return stop;
        }
    }
    return 0;
}

/* Reports an object that it does not own. */
static int traverse_foreign(PyObject *self, visitproc visit, void *arg)
{
    return visit(((Liar *)self)->foreign, arg);
}

/* Reports itself, its own type and what it holds. */
static int traverse_self(PyObject *self, visitproc visit, void *arg)
{
    int stop = visit(self, arg);
    stop = stop ? stop : visit((PyObject *)Py_TYPE(self), arg);
    return stop ? stop : visit(((Liar *)self)->held, arg);
}

/* Says that it was stopped. */
static int traverse_stopped(PyObject *self, visitproc visit, void *arg)
{
    visit(((Liar *)self)->held, arg);
    return -1;
}

#define LIAR(name, traverse)                                                                                  \
    static PyTypeObject name = {                                                                              \
        PyVarObject_HEAD_INIT(NULL, 0).tp_name = "lying." #name,                                              \
        .tp_basicsize = sizeof(Liar),                                                                         \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,                                                  \
        .tp_new = make,                                                                                       \
        .tp_dealloc = finish,                                                                                 \
        .tp_traverse = traverse,                                                                              \
    }

LIAR(Null, traverse_null);
LIAR(Twice, traverse_twice);
LIAR(Foreign, traverse_foreign);
LIAR(Itself, traverse_self);
LIAR(Stopped, traverse_stopped);

/* Named like builtins, and nothing like them. */
#define IMPOSTOR(name, builtin)                                                                               \
    static PyTypeObject name = {                                                                              \
        PyVarObject_HEAD_INIT(NULL, 0).tp_name = builtin,                                                     \
        .tp_basicsize = sizeof(Liar),                                                                         \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,                                                  \
        .tp_new = make,                                                                                       \
        .tp_dealloc = finish,                                                                                 \
        .tp_traverse = traverse_self,                                                                         \
    }

IMPOSTOR(List, "list");
IMPOSTOR(Function, "function");
IMPOSTOR(Generator, "generator");
IMPOSTOR(Node, "hamt_bitmap_node");

IMPOSTOR(Array, "numpy.ndarray");
IMPOSTOR(Variable, "_contextvars.ContextVar");

/* As mypyc makes them: what the base says of its members is void for the type that derives from it. */
typedef struct {
    PyObject_HEAD
    size_t word;
    PyObject *held;
    PyObject *dict;
} Void;

static PyMemberDef members[] = {
    {"__dict__", T_OBJECT_EX, sizeof(PyObject), 0, NULL},
    {"member", T_OBJECT_EX, sizeof(PyObject), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject Base = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "lying.Base",
    .tp_basicsize = sizeof(PyObject) + sizeof(PyObject *),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_members = members,
};

static PyObject *make_void(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Void *made = (Void *)make(type, args, kwargs);
    if (made != NULL) {
        made->held = (PyObject *)made->word;
        made->word = 0x1111111111111111;
        made->dict = PyDict_New();
    }
    return (PyObject *)made;
}

static int traverse_void(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Void *)self)->held);
    Py_VISIT(((Void *)self)->dict);
    return 0;
}

static PyTypeObject Derived = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "lying.Derived",
    .tp_basicsize = sizeof(Void),
    .tp_base = &Base,
    .tp_dictoffset = offsetof(Void, dict),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = make_void,
    .tp_traverse = traverse_void,
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "lying", .m_size = -1};

PyMODINIT_FUNC PyInit_lying(void)
{
    static const struct {
        const char *name;
        PyTypeObject *type;
    } types[] = {
        {"Null", &Null},         {"Twice", &Twice}, {"Foreign", &Foreign},   {"Itself", &Itself},
        {"Stopped", &Stopped},   {"List", &List},   {"Function", &Function}, {"Generator", &Generator},
        {"Node", &Node},         {"Array", &Array}, {"Variable", &Variable}, {"Derived", &Derived},
    };
    PyObject *module = PyModule_Create(&definition);
    for (size_t i = 0; module != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (PyType_Ready(types[i].type) < 0) {
            Py_CLEAR(module);
            break;
        }
        Py_INCREF(types[i].type);
        PyModule_AddObject(module, types[i].name, (PyObject *)types[i].type);
    }
    return module;
}
