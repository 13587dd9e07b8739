/* A dtype as numpy 2 lets anybody make one: what numpy's own end with, references and fields, it has not. */
#define PY_SSIZE_T_CLEAN
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/dtype_api.h>

#define NOWHERE ((size_t)0x1111111111111111)

/* Longer than numpy's own, and nothing like them where those have fields, names and a subarray. */
typedef struct {
    PyArray_Descr base;
    size_t words[12];
} OwnDescr;

static PyTypeObject Scalar = {PyVarObject_HEAD_INIT(NULL, 0).tp_name = "own_dtype.Scalar",
                              .tp_basicsize = sizeof(PyObject)};

static PyObject *new_descr(PyTypeObject *cls, PyObject *args, PyObject *kwargs)
{
    OwnDescr *descr = (OwnDescr *)PyArrayDescr_Type.tp_new(cls, NULL, NULL);
    if (descr == NULL) {
        return NULL;
    }
    for (int i = 0; i < 12; i++) {
        descr->words[i] = NOWHERE;
    }
    descr->base.elsize = 8;
    descr->base.alignment = 8;
    descr->base.kind = descr->base.type = 'O';
    descr->base.byteorder = '|';
    return (PyObject *)descr;
}

static PyObject *represent(PyObject *descr)
{
    return PyUnicode_FromString("Own()");
}

static PyArray_DTypeMeta Own = {{{
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "own_dtype.Own",
    .tp_basicsize = sizeof(OwnDescr),
    .tp_new = new_descr,
    .tp_repr = represent,
    .tp_str = represent,
}}};

static PyArray_Descr *default_descr(PyArray_DTypeMeta *cls)
{
    return (PyArray_Descr *)new_descr((PyTypeObject *)cls, NULL, NULL);
}

static PyArray_Descr *discover(PyArray_DTypeMeta *cls, PyObject *obj)
{
    return default_descr(cls);
}

static PyArray_Descr *canonical(PyArray_Descr *descr)
{
    Py_INCREF(descr);
    return descr;
}

static PyArray_Descr *common(PyArray_Descr *first, PyArray_Descr *second)
{
    return canonical(first);
}

static int set_item(PyArray_Descr *descr, PyObject *obj, char *data)
{
    return 0;
}

static PyObject *get_item(PyArray_Descr *descr, char *data)
{
    Py_RETURN_NONE;
}

static NPY_CASTING resolve(PyObject *method, PyArray_DTypeMeta *const classes[], PyArray_Descr *const given[],
                           PyArray_Descr *resolved[], npy_intp *offset)
{
    PyArray_Descr *second = given[1] == NULL ? given[0] : given[1];
    Py_INCREF(given[0]);
    Py_INCREF(second);
    resolved[0] = given[0];
    resolved[1] = second;
    return NPY_NO_CASTING;
}

static int copy(PyArrayMethod_Context *context, char *const data[], npy_intp const sizes[],
                npy_intp const strides[], NpyAuxData *auxiliary)
{
    return 0;
}

static PyArray_DTypeMeta *both[] = {NULL, NULL};
static PyType_Slot cast_slots[] = {
    {NPY_METH_resolve_descriptors, resolve},
    {NPY_METH_strided_loop, copy},
    {NPY_METH_unaligned_strided_loop, copy},
    {0, NULL},
};
static PyArrayMethod_Spec cast = {"copy", 1, 1, NPY_NO_CASTING, NPY_METH_SUPPORTS_UNALIGNED, both, cast_slots};
static PyArrayMethod_Spec *casts[] = {&cast, NULL};
static PyType_Slot slots[] = {
    {NPY_DT_default_descr, default_descr}, {NPY_DT_discover_descr_from_pyobject, discover},
    {NPY_DT_ensure_canonical, canonical},  {NPY_DT_setitem, set_item},
    {NPY_DT_getitem, get_item},            {NPY_DT_common_instance, common},
    {0, NULL},
};

/* An array of three items; with an argument that is true its dtype says that they hold references. */
static PyObject *array(PyObject *module, PyObject *holds_references)
{
    npy_intp length = 3;
    PyArray_Descr *descr = default_descr(&Own);
    PyObject *made = PyArray_NewFromDescr(&PyArray_Type, descr, 1, &length, NULL, NULL, 0, NULL);
    if (made != NULL) {
        for (npy_intp i = 0; i < length; i++) {
            ((size_t *)PyArray_DATA((PyArrayObject *)made))[i] = NOWHERE;
        }
        if (PyObject_IsTrue(holds_references)) {
            PyArray_DESCR((PyArrayObject *)made)->flags |= NPY_ITEM_REFCOUNT;
        }
    }
    return made;
}

static PyMethodDef methods[] = {{"array", array, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "own_dtype", .m_size = -1,
                                        .m_methods = methods};

PyMODINIT_FUNC PyInit_own_dtype(void)
{
    PyArrayDTypeMeta_Spec spec = {&Scalar, NPY_DT_PARAMETRIC, casts, slots, NULL};
    import_array();
    if (PyType_Ready(&Scalar) < 0) {
        return NULL;
    }
    ((PyObject *)&Own)->ob_type = &PyArrayDTypeMeta_Type;
    ((PyTypeObject *)&Own)->tp_base = &PyArrayDescr_Type;
    if (PyType_Ready((PyTypeObject *)&Own) < 0 || PyArrayInitDTypeMeta_FromSpec(&Own, &spec) < 0) {
        return NULL;
    }
    return PyModule_Create(&definition);
}
