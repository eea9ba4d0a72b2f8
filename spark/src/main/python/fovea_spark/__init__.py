"""Fovea on Spark, for PySpark: image classifiers as stages of pipelines and functions of SQL.

    from fovea_spark import FoveaClassifier, register
    photos = spark.read.format("binaryFile").load("/photos")
    FoveaClassifier(model="model.safetensors").transform(photos).show()
    register(spark, "fovea_classify", "model.safetensors")
    spark.sql("SELECT path, fovea_classify(content).prediction FROM binaryFile.`/photos`").show()

Thin: all is done by the Java classes of the same names, whose jar the session must have.
"""

import inspect

from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import JavaMLReadable, JavaMLReader, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel
from pyspark.sql import DataFrame, SparkSession

__all__ = ["FoveaClassifier", "FoveaTrainer", "read_huggingface_parquet", "register"]


def _text(name, doc):
    return Param(Params._dummy(), name, doc, TypeConverters.toString)


def _number(name, doc):
    return Param(Params._dummy(), name, doc, TypeConverters.toInt)


def _flag(name, doc):
    return Param(Params._dummy(), name, doc, TypeConverters.toBoolean)


def _texts(name, doc):
    return Param(Params._dummy(), name, doc, TypeConverters.toListString)


def _getter(name):
    return lambda self: self.getOrDefault(name)


def _setter(name):
    return lambda self, value: self._set(**{name: value})


class _Stage(JavaMLReadable, JavaMLWritable):
    """What both stages do with the parameters that their class bodies name: the Java class has the
    defaults and all else, and each parameter is an argument with a getter and a setter."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls._java_class = "dev.fovea.spark." + cls.__name__
        names = [name for name, value in vars(cls).items() if isinstance(value, Param)]
        for name in names:
            for prefix, made in (("get", _getter(name)), ("set", _setter(name))):
                made.__name__ = prefix + name[0].upper() + name[1:]
                made.__qualname__ = cls.__name__ + "." + made.__name__
                made.__doc__ = getattr(cls, name).doc
                setattr(cls, made.__name__, made)
        cls.__signature__ = inspect.Signature(
            [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in names]
        )

    def __init__(self, **params):
        super().__init__()
        self._java_obj = self._new_java_obj(self._java_class, self.uid)
        for param in self.params:
            default = self._java_obj.getDefault(self._java_obj.getParam(param.name)).get()
            # Py4J gives arrays as objects of its own.
            plain = default if isinstance(default, (str, int, bool)) else list(default)
            self._setDefault(**{param.name: plain})
        self.setParams(**params)

    def setParams(self, **params):
        """Sets the parameters that are given, and are not None."""
        for name in params:
            if not self.hasParam(name):
                known = ", ".join(param.name for param in self.params)
                raise TypeError(f"{type(self).__name__} has no parameter '{name}'; it has {known}")
        return self._set(**params)

    @classmethod
    def read(cls):
        """Reads saved stages."""
        return _Reader(cls)


class _Reader(JavaMLReader):
    @classmethod
    def _java_loader_class(cls, clazz):
        return clazz._java_class


class FoveaClassifier(_Stage, JavaModel):
    """A stage of pipelines that classifies the images of a column with a model file.

    Each argument is a parameter with a getter and a setter: ``model`` has ``getModel`` and ``setModel``.
    ``explainParams()`` lists them.
    """

    model = _text("model", "model file, or run folder of the driver; other file systems by URI")
    modelSha256 = _text("modelSha256", "SHA-256 that the model file must have; empty for any")
    inputCol = _text("inputCol", "column with images")
    predictionCol = _text("predictionCol", "column for the class's name; empty for none")
    probabilityCol = _text("probabilityCol", "column for its probability; empty for none")
    topCol = _text("topCol", "column for the most probable classes; empty for none")
    embeddingCol = _text("embeddingCol", "column for what the last layer reads; empty for none")
    reasonCol = _text("reasonCol", "column for why an image is not classified; empty for none")
    topK = _number("topK", "how many classes topCol has, at most")
    batchSize = _number("batchSize", "images computed together; 0 to suit the network")
    threads = _number("threads", "threads per executor; 0 for the executor's cores")
    precision = _text("precision", "f32 or bf16; empty for the executor's fastest")


class FoveaTrainer(_Stage, JavaEstimator):
    """A stage of pipelines that trains an image classifier on the executors, and gives a FoveaClassifier.

    Each argument is a parameter with a getter and a setter: ``ranks`` has ``getRanks`` and ``setRanks``.
    ``explainParams()`` lists them.
    """

    recipe = _text("recipe", "name or JSON file of the driver; empty to choose by the images")
    settings = _texts("settings", "changes of the recipe, each KEY=VALUE")
    data = _text("data", "images that every executor can open; empty for those of the DataFrame")
    runFolder = _text("runFolder", "folder for all files, seen by driver and executors")
    resume = _flag("resume", "whether to go on with the run in runFolder")
    inputCol = _text("inputCol", "column with images")
    labelCol = _text("labelCol", "column with classes, as strings or whole numbers")
    validationCol = _text("validationCol", "column that is true for validation; empty for none")
    classes = _texts("classes", "names of the classes; empty to find them")
    ranks = _number("ranks", "tasks that train together; 0 for one on each executor")
    threads = _number("threads", "threads of each rank; 0 for the cores of its executor")
    batchPerRank = _number("batchPerRank", "images per step of each rank; 0 for learning.batch")
    scaleRate = _text("scaleRate", "what batchPerRank does to the rate: none, linear or sqrt")
    wire = _text("wire", "format of gradients on their way: f32 or bf16")
    deadlineSeconds = _number("deadlineSeconds", "for ranks to come, and for a slow one")

    def _create_model(self, java_model):
        model = FoveaClassifier()
        model._java_obj = java_model
        model._resetUid(java_model.uid())
        model._transfer_params_from_java()
        return model


def register(spark: SparkSession, name: str, model: "str | FoveaClassifier") -> None:
    """Registers a function of SQL that classifies images, with a model or with the options of a stage."""
    if isinstance(model, FoveaClassifier):
        model._transfer_params_to_java()
        model = model._java_obj
    spark._jvm.dev.fovea.spark.FoveaFunctions.register(spark._jsparkSession, name, model)


def read_huggingface_parquet(spark: SparkSession, *paths: str) -> DataFrame:
    """Reads an image set of Hugging Face in Parquet; the names of ``label`` become ``label_name``."""
    array = spark._sc._gateway.new_array(spark._jvm.java.lang.String, len(paths))
    for i, path in enumerate(paths):
        array[i] = path
    return DataFrame(
        spark._jvm.dev.fovea.spark.HuggingFaceParquet.read(spark._jsparkSession, array), spark
    )
