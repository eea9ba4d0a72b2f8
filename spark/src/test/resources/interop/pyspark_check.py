"""Classifies photos from PySpark in all ways that fovea_spark has; prints one JSON object a line."""

import inspect
import json
import sys

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import SQLTransformer
from pyspark.sql import SparkSession

from fovea_spark import FoveaClassifier, FoveaTrainer, read_huggingface_parquet, register

model, photos, folder, class_path = sys.argv[1:]


def say(case, **values):
    print(json.dumps({"case": case, **values}), flush=True)


def answers(scored):
    rows = scored.orderBy("path").select("prediction", "probability", "top", "reason").collect()
    return [[r.prediction, r.probability, [[c["class"], c.probability] for c in r.top], r.reason or ""] for r in rows]


spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", False)
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.extraClassPath", class_path)
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
files = spark.read.format("binaryFile").load(photos)

stage = FoveaClassifier(model=model, topK=2, precision="f32", batchSize=8)
say("stage", answers=answers(stage.transform(files)))

say("parameters", topK=stage.getTopK(), inputCol=stage.getInputCol(), explained=stage.explainParams())


def docs(made):
    return {param.name: param.doc for param in made.params}


def docs_in_java(made):
    return {param.name(): param.doc() for param in made._java_obj.params()}


for made in (FoveaClassifier(), FoveaTrainer()):
    name = type(made).__name__
    say(name, python=docs(made), java=docs_in_java(made), arguments=sorted(inspect.signature(type(made)).parameters))
try:
    FoveaClassifier(modle="model.safetensors")
except TypeError as e:
    say("misspelled", message=str(e))

stage.write().overwrite().save(folder + "/stage")
loaded = FoveaClassifier.load(folder + "/stage")
say("loaded stage", topK=loaded.getTopK(), model=loaded.getModel(), answers=answers(loaded.transform(files)))

loud = SQLTransformer(statement="SELECT *, upper(prediction) AS loud FROM __THIS__")
made = Pipeline(stages=[stage, loud]).fit(files)
made.save(folder + "/pipeline")
again = PipelineModel.load(folder + "/pipeline")
say("loaded pipeline", stage=type(again.stages[0]).__name__, answers=answers(again.transform(files)))

register(spark, "fovea_classify", FoveaClassifier(model=model, topK=2, precision="f32", batchSize=8))
files.createOrReplaceTempView("photos")
say("function", answers=answers(spark.sql("SELECT path, c.* FROM (SELECT path, fovea_classify(content) AS c FROM photos)")))

(
    files.selectExpr("named_struct('bytes', content, 'path', path) AS image", "CAST(0 AS BIGINT) AS label")
    .write.parquet(folder + "/set")
)
register(spark, "fovea_again", model)
scored = FoveaClassifier().setModel(model).setInputCol("image").transform(read_huggingface_parquet(spark, folder + "/set"))
say("parquet", columns=scored.columns, classified=scored.where("prediction IS NOT NULL").count())

try:
    FoveaClassifier(model="missing.safetensors").transform(files)
except Exception as e:
    say("missing model", message=str(e))

labeled = files.selectExpr("content", "CASE WHEN path LIKE '%0.png' OR path LIKE '%2.png' OR path LIKE '%4.png' THEN 'even' ELSE 'odd' END AS label")
trainer = FoveaTrainer(
    recipe="shapes-quick",
    settings=["network.model=resnet20", "network.input=16", "learning.length=2steps", "learning.batch=2", "data.val_fraction=0.34"],
    ranks=2,
    threads=1,
).setRunFolder(folder + "/run")
trainer.save(folder + "/trainer")
trained = FoveaTrainer.load(folder + "/trainer").fit(labeled)
say(
    "training",
    stage=type(trained).__name__,
    model=trained.getModel(),
    settings=trainer.getSettings(),
    defaults=[trainer.getClasses(), trainer.getResume()],
    classes=sorted({r.prediction for r in trained.transform(labeled).collect()} | {"even", "odd"}),
)
