"""Where PySpark looks for the stages that it loads: under the names of their Java classes."""

from fovea_spark import FoveaClassifier, FoveaTrainer

__all__ = ["FoveaClassifier", "FoveaTrainer"]
