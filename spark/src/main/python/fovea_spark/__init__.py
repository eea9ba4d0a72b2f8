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
from pyspark.ml.wrapper import JavaEstimator, JavaModel
from pyspark.sql import DataFrame, SparkSession

__all__ = ["FoveaClassifier", "FoveaTrainer", "read_huggingface_parquet", "register"]

_CLASS = "dev.fovea.spark.FoveaClassifier"
_TRAINER = "dev.fovea.spark.FoveaTrainer"


class _Reader(JavaMLReader):
    @classmethod
    def _java_loader_class(cls, clazz):
        return _CLASS


class FoveaClassifier(JavaModel, JavaMLReadable, JavaMLWritable):
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


class _TrainerReader(JavaMLReader):
    @classmethod
    def _java_loader_class(cls, clazz):
        return _TRAINER


class FoveaTrainer(JavaEstimator, JavaMLReadable, JavaMLWritable):
    """A stage of pipelines that trains an image classifier on the executors, and gives a FoveaClassifier.

    Each argument is a parameter with a getter and a setter: ``ranks`` has ``getRanks`` and ``setRanks``.
    ``explainParams()`` lists them.
    """

    recipe = Param(Params._dummy(), "recipe", "name or JSON file of the driver; empty to choose by the images", TypeConverters.toString)
    settings = Param(Params._dummy(), "settings", "changes of the recipe, each KEY=VALUE", TypeConverters.toListString)
    data = Param(Params._dummy(), "data", "images that every executor can open; empty for those of the DataFrame", TypeConverters.toString)
    runFolder = Param(Params._dummy(), "runFolder", "folder for all files, seen by driver and executors", TypeConverters.toString)
    resume = Param(Params._dummy(), "resume", "whether to go on with the run in runFolder", TypeConverters.toBoolean)
    inputCol = Param(Params._dummy(), "inputCol", "column with images", TypeConverters.toString)
    labelCol = Param(Params._dummy(), "labelCol", "column with classes, as strings or whole numbers", TypeConverters.toString)
    validationCol = Param(Params._dummy(), "validationCol", "column that is true for validation; empty for none", TypeConverters.toString)
    classes = Param(Params._dummy(), "classes", "names of the classes; empty to find them", TypeConverters.toListString)
    ranks = Param(Params._dummy(), "ranks", "tasks that train together; 0 for one on each executor", TypeConverters.toInt)
    threads = Param(Params._dummy(), "threads", "threads of each rank; 0 for the cores of its executor", TypeConverters.toInt)
    batchPerRank = Param(Params._dummy(), "batchPerRank", "images per step of each rank; 0 for learning.batch", TypeConverters.toInt)
    scaleRate = Param(Params._dummy(), "scaleRate", "what batchPerRank does to the rate: none, linear or sqrt", TypeConverters.toString)
    wire = Param(Params._dummy(), "wire", "format of gradients on their way: f32 or bf16", TypeConverters.toString)
    deadlineSeconds = Param(Params._dummy(), "deadlineSeconds", "for ranks to come, and for a slow one", TypeConverters.toInt)

    @keyword_only
    def __init__(
        self,
        *,
        recipe: str | None = None,
        settings: list[str] | None = None,
        data: str | None = None,
        runFolder: str | None = None,
        resume: bool | None = None,
        inputCol: str | None = None,
        labelCol: str | None = None,
        validationCol: str | None = None,
        classes: list[str] | None = None,
        ranks: int | None = None,
        threads: int | None = None,
        batchPerRank: int | None = None,
        scaleRate: str | None = None,
        wire: str | None = None,
        deadlineSeconds: int | None = None,
    ):
        super().__init__()
        self._java_obj = self._new_java_obj(_TRAINER, self.uid)
        for param in self.params:
            default = self._java_obj.getDefault(self._java_obj.getParam(param.name)).get()
            self._setDefault(**{param.name: _plain(default)})
        self._set(**self._input_kwargs)

    @keyword_only
    def setParams(
        self,
        *,
        recipe: str | None = None,
        settings: list[str] | None = None,
        data: str | None = None,
        runFolder: str | None = None,
        resume: bool | None = None,
        inputCol: str | None = None,
        labelCol: str | None = None,
        validationCol: str | None = None,
        classes: list[str] | None = None,
        ranks: int | None = None,
        threads: int | None = None,
        batchPerRank: int | None = None,
        scaleRate: str | None = None,
        wire: str | None = None,
        deadlineSeconds: int | None = None,
    ) -> "FoveaTrainer":
        """Sets the parameters that are given."""
        return self._set(**self._input_kwargs)

    @classmethod
    def read(cls):
        """Reads saved trainers."""
        return _TrainerReader(cls)

    def _create_model(self, java_model) -> FoveaClassifier:
        model = FoveaClassifier()
        model._java_obj = java_model
        model._resetUid(java_model.uid())
        model._transfer_params_from_java()
        return model

    def getRecipe(self) -> str:
        return self.getOrDefault(self.recipe)

    def setRecipe(self, value: str) -> "FoveaTrainer":
        return self._set(recipe=value)

    def getSettings(self) -> list[str]:
        return self.getOrDefault(self.settings)

    def setSettings(self, value: list[str]) -> "FoveaTrainer":
        return self._set(settings=value)

    def getData(self) -> str:
        return self.getOrDefault(self.data)

    def setData(self, value: str) -> "FoveaTrainer":
        return self._set(data=value)

    def getRunFolder(self) -> str:
        return self.getOrDefault(self.runFolder)

    def setRunFolder(self, value: str) -> "FoveaTrainer":
        return self._set(runFolder=value)

    def getResume(self) -> bool:
        return self.getOrDefault(self.resume)

    def setResume(self, value: bool) -> "FoveaTrainer":
        return self._set(resume=value)

    def getInputCol(self) -> str:
        return self.getOrDefault(self.inputCol)

    def setInputCol(self, value: str) -> "FoveaTrainer":
        return self._set(inputCol=value)

    def getLabelCol(self) -> str:
        return self.getOrDefault(self.labelCol)

    def setLabelCol(self, value: str) -> "FoveaTrainer":
        return self._set(labelCol=value)

    def getValidationCol(self) -> str:
        return self.getOrDefault(self.validationCol)

    def setValidationCol(self, value: str) -> "FoveaTrainer":
        return self._set(validationCol=value)

    def getClasses(self) -> list[str]:
        return self.getOrDefault(self.classes)

    def setClasses(self, value: list[str]) -> "FoveaTrainer":
        return self._set(classes=value)

    def getRanks(self) -> int:
        return self.getOrDefault(self.ranks)

    def setRanks(self, value: int) -> "FoveaTrainer":
        return self._set(ranks=value)

    def getThreads(self) -> int:
        return self.getOrDefault(self.threads)

    def setThreads(self, value: int) -> "FoveaTrainer":
        return self._set(threads=value)

    def getBatchPerRank(self) -> int:
        return self.getOrDefault(self.batchPerRank)

    def setBatchPerRank(self, value: int) -> "FoveaTrainer":
        return self._set(batchPerRank=value)

    def getScaleRate(self) -> str:
        return self.getOrDefault(self.scaleRate)

    def setScaleRate(self, value: str) -> "FoveaTrainer":
        return self._set(scaleRate=value)

    def getWire(self) -> str:
        return self.getOrDefault(self.wire)

    def setWire(self, value: str) -> "FoveaTrainer":
        return self._set(wire=value)

    def getDeadlineSeconds(self) -> int:
        return self.getOrDefault(self.deadlineSeconds)

    def setDeadlineSeconds(self, value: int) -> "FoveaTrainer":
        return self._set(deadlineSeconds=value)


def _plain(value):
    """A default of Java as Python has it: arrays become lists."""
    return value if isinstance(value, (str, int, bool)) else list(value)


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
