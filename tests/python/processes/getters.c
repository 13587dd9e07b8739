/* A type whose fields only getters tell: as mypyc and Cython write them, computed ones, and ones that lie. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *plain;
    PyObject *checked;
    PyObject *computed;
    PyObject *hidden;
    PyObject *first, *second;
} Kept;

static PyObject *new_reference(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

/* Cython's: the field as it is. */
static PyObject *get_plain(Kept *self, void *closure) { return new_reference(self->plain); }

/* mypyc's: an exception where it is not set. */
static PyObject *get_checked(Kept *self, void *closure)
{
    if (self->checked == NULL) {
        PyErr_SetString(PyExc_AttributeError, "checked");
        return NULL;
    }
    return new_reference(self->checked);
}

/* Made of a field. */
static PyObject *get_length(Kept *self, void *closure) { return PyLong_FromSsize_t(PyObject_Size(self->computed)); }

/* A tuple whose items lie in the instance. */
static PyObject *get_pair(Kept *self, void *closure) { return PyTuple_Pack(2, self->first, self->second); }

/* What the argument's type holds, and nothing of its own. */
static PyObject *get_of_type(Kept *self, void *closure) { return new_reference(Py_TYPE(self)->tp_dict); }

/* Never to be called. */
static PyObject *get_abort(Kept *self, void *closure)
{
    abort();
    return self->plain;
}

static PyGetSetDef getters[] = {
    {"length", (getter)get_length}, {"pair", (getter)get_pair},       {"plain", (getter)get_plain},
    {"checked", (getter)get_checked}, {"of_type", (getter)get_of_type}, {"abort", (getter)get_abort},
    {NULL},
};

static int traverse(Kept *self, visitproc visit, void *arg)
{
    Py_VISIT(self->plain);
    Py_VISIT(self->checked);
    Py_VISIT(self->computed);
    Py_VISIT(self->hidden);
    Py_VISIT(self->first);
    Py_VISIT(self->second);
    return 0;
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Kept *kept = (Kept *)type->tp_alloc(type, 0);
    if (kept == NULL) {
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OOOOOO", &kept->plain, &kept->checked, &kept->computed, &kept->hidden,
                          &kept->first, &kept->second)) {
        return NULL;
    }
    PyObject *all[] = {kept->plain, kept->checked, kept->computed, kept->hidden, kept->first, kept->second};
    for (int i = 0; i < 6; i++) {
        Py_INCREF(all[i]);
    }
    return (PyObject *)kept;
}

static PyTypeObject type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "getters.Kept",
    .tp_basicsize = sizeof(Kept),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = make,
    .tp_traverse = (traverseproc)traverse,
    .tp_getset = getters,
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "getters", .m_size = -1};

PyMODINIT_FUNC PyInit_getters(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module != NULL && PyType_Ready(&type) == 0) {
        Py_INCREF(&type);
        PyModule_AddObject(module, "Kept", (PyObject *)&type);
    }
    return module;
}
