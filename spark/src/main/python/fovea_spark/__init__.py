"""Fovea on Spark, for PySpark: image classifiers as stages of pipelines and functions of SQL.

    from fovea_spark import FoveaClassifier, register
    photos = spark.read.format("binaryFile").load("/photos")
    FoveaClassifier(model="model.safetensors").transform(photos).show()
    register(spark, "fovea_classify", "model.safetensors")
    spark.sql("SELECT path, fovea_classify(content).prediction FROM binaryFile.`/photos`").show()

Thin: all is done by the Java classes of the same names, whose jar the session must have.
"""

from pyspark import keyword_only
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import JavaMLReadable, JavaMLReader, JavaMLWritable
from pyspark.ml.wrapper import JavaTransformer
from pyspark.sql import DataFrame, SparkSession

__all__ = ["FoveaClassifier", "read_huggingface_parquet", "register"]

_CLASS = "dev.fovea.spark.FoveaClassifier"


class _Reader(JavaMLReader):
    @classmethod
    def _java_loader_class(cls, clazz):
        return _CLASS


class FoveaClassifier(JavaTransformer, JavaMLReadable, JavaMLWritable):
    """A stage of pipelines that classifies the images of a column with a model file.

    Each argument is a parameter with a getter and a setter: ``model`` has ``getModel`` and ``setModel``.
    ``explainParams()`` lists them.
    """

    model = Param(Params._dummy(), "model", "model file, or run folder of the driver; other file systems by URI", TypeConverters.toString)
    modelSha256 = Param(Params._dummy(), "modelSha256", "SHA-256 that the model file must have; empty for any", TypeConverters.toString)
    inputCol = Param(Params._dummy(), "inputCol", "column with images", TypeConverters.toString)
    predictionCol = Param(Params._dummy(), "predictionCol", "column for the class's name; empty for none", TypeConverters.toString)
    probabilityCol = Param(Params._dummy(), "probabilityCol", "column for its probability; empty for none", TypeConverters.toString)
    topCol = Param(Params._dummy(), "topCol", "column for the most probable classes; empty for none", TypeConverters.toString)
    embeddingCol = Param(Params._dummy(), "embeddingCol", "column for what the last layer reads; empty for none", TypeConverters.toString)
    reasonCol = Param(Params._dummy(), "reasonCol", "column for why an image is not classified; empty for none", TypeConverters.toString)
    topK = Param(Params._dummy(), "topK", "how many classes topCol has, at most", TypeConverters.toInt)
    batchSize = Param(Params._dummy(), "batchSize", "images computed together; 0 to suit the network", TypeConverters.toInt)
    threads = Param(Params._dummy(), "threads", "threads per executor; 0 for the executor's cores", TypeConverters.toInt)
    precision = Param(Params._dummy(), "precision", "f32 or bf16; empty for the executor's fastest", TypeConverters.toString)

    @keyword_only
    def __init__(
        self,
        *,
        model: str | None = None,
        modelSha256: str | None = None,
        inputCol: str | None = None,
        predictionCol: str | None = None,
        probabilityCol: str | None = None,
        topCol: str | None = None,
        embeddingCol: str | None = None,
        reasonCol: str | None = None,
        topK: int | None = None,
        batchSize: int | None = None,
        threads: int | None = None,
        precision: str | None = None,
    ):
        super().__init__()
        self._java_obj = self._new_java_obj(_CLASS, self.uid)
        for param in self.params:
            default = self._java_obj.getParam(param.name)
            self._setDefault(**{param.name: self._java_obj.getDefault(default).get()})
        self._set(**self._input_kwargs)

    @keyword_only
    def setParams(
        self,
        *,
        model: str | None = None,
        modelSha256: str | None = None,
        inputCol: str | None = None,
        predictionCol: str | None = None,
        probabilityCol: str | None = None,
        topCol: str | None = None,
        embeddingCol: str | None = None,
        reasonCol: str | None = None,
        topK: int | None = None,
        batchSize: int | None = None,
        threads: int | None = None,
        precision: str | None = None,
    ) -> "FoveaClassifier":
        """Sets the parameters that are given."""
        return self._set(**self._input_kwargs)

    @classmethod
    def read(cls):
        """Reads saved stages."""
        return _Reader(cls)

    def getModel(self) -> str:
        return self.getOrDefault(self.model)

    def setModel(self, value: str) -> "FoveaClassifier":
        return self._set(model=value)

    def getModelSha256(self) -> str:
        return self.getOrDefault(self.modelSha256)

    def setModelSha256(self, value: str) -> "FoveaClassifier":
        return self._set(modelSha256=value)

    def getInputCol(self) -> str:
        return self.getOrDefault(self.inputCol)

    def setInputCol(self, value: str) -> "FoveaClassifier":
        return self._set(inputCol=value)

    def getPredictionCol(self) -> str:
        return self.getOrDefault(self.predictionCol)

    def setPredictionCol(self, value: str) -> "FoveaClassifier":
        return self._set(predictionCol=value)

    def getProbabilityCol(self) -> str:
        return self.getOrDefault(self.probabilityCol)

    def setProbabilityCol(self, value: str) -> "FoveaClassifier":
        return self._set(probabilityCol=value)

    def getTopCol(self) -> str:
        return self.getOrDefault(self.topCol)

    def setTopCol(self, value: str) -> "FoveaClassifier":
        return self._set(topCol=value)

    def getEmbeddingCol(self) -> str:
        return self.getOrDefault(self.embeddingCol)

    def setEmbeddingCol(self, value: str) -> "FoveaClassifier":
        return self._set(embeddingCol=value)

    def getReasonCol(self) -> str:
        return self.getOrDefault(self.reasonCol)

    def setReasonCol(self, value: str) -> "FoveaClassifier":
        return self._set(reasonCol=value)

    def getTopK(self) -> int:
        return self.getOrDefault(self.topK)

    def setTopK(self, value: int) -> "FoveaClassifier":
        return self._set(topK=value)

    def getBatchSize(self) -> int:
        return self.getOrDefault(self.batchSize)

    def setBatchSize(self, value: int) -> "FoveaClassifier":
        return self._set(batchSize=value)

    def getThreads(self) -> int:
        return self.getOrDefault(self.threads)

    def setThreads(self, value: int) -> "FoveaClassifier":
        return self._set(threads=value)

    def getPrecision(self) -> str:
        return self.getOrDefault(self.precision)

    def setPrecision(self, value: str) -> "FoveaClassifier":
        return self._set(precision=value)


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
