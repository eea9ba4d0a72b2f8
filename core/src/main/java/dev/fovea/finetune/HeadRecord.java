package dev.fovea.finetune;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.train.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What {@code head.json} holds: what the first stage found, and what it was made of. */
record HeadRecord(MadeOf madeOf, HeadFigures figures) {

  /**
   * Everything that decides the first stage.
   *
   * @param images the fingerprint of both parts
   * @param classes in order
   * @param trunk the SHA-256 of the trunk's network, preprocessing and weights
   * @param engine how features are computed
   * @param holdBack the fraction of the training images that is held back
   */
  record MadeOf(String images, List<String> classes, String trunk, String engine, double holdBack) {
    /** Copies the list. */
    MadeOf {
      classes = List.copyOf(classes);
    }
  }

  /** Reads what an earlier session wrote; empty if the stage was not done. */
  static Optional<HeadRecord> in(FinetuneFolder folder) {
    Path file = folder.head();
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String where = file.toString();
    return Optional.of(
        RecordTree.read(HeadRecord.class, JsonTree.parse(FinetuneFolder.text(file), where), where));
  }

  void write(FinetuneFolder folder) {
    AtomicFile.write(folder.head(), JsonTree.pretty(RecordTree.of(this)));
  }

  /**
   * Checks that the stage would be made of the same now.
   *
   * @param images where they come from
   * @throws ConfigException if not
   */
  void requireSame(MadeOf now, FinetuneFolder folder, String images) {
    if (!now.classes.equals(madeOf.classes)) {
      throw changed(
          folder,
          "the classes",
          images + " has the classes " + now.classes + ", and had " + madeOf.classes,
          "Restore the folders or the list of classes");
    } else if (!now.images.equals(madeOf.images)) {
      throw changed(
          folder,
          "the images",
          images + " holds other images or classes than when it was begun",
          "Restore the images");
    } else if (!now.trunk.equals(madeOf.trunk)) {
      throw changed(
          folder,
          "the trunk",
          folder.source() + " holds another network than the one that the features are of",
          "Restore that file");
    } else if (!now.equals(madeOf)) {
      throw changed(
          folder,
          "how features are computed",
          "it is "
              + now.engine
              + " with data.hold_back "
              + now.holdBack
              + ", and was "
              + madeOf.engine
              + " with "
              + madeOf.holdBack,
          "Restore " + folder.plan());
    }
  }

  /**
   * Checks that as many views of each training image are there now.
   *
   * @throws ConfigException if not, which Java's memory decides
   */
  void requireViews(int now, FinetuneFolder folder) {
    if (now != figures.views()) {
      throw changed(
          folder,
          "the views of each training image",
          "Java's heap has room for " + now + " now (-Xmx), and had for " + figures.views(),
          "Give Java the heap that it had");
    }
  }

  private static ConfigException changed(
      FinetuneFolder folder, String what, String how, String remedy) {
    return new ConfigException(
        what
            + " of the fine-tuning in "
            + folder.path()
            + " changed: "
            + how
            + ". "
            + remedy
            + ", or set output.folder to another folder");
  }
}
