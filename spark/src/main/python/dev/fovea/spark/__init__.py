"""Where PySpark looks for the stages of a loaded pipeline: under the names of their Java classes."""

from fovea_spark import FoveaClassifier

__all__ = ["FoveaClassifier"]
