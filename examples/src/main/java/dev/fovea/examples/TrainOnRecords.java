package dev.fovea.examples;

import dev.fovea.LabeledImages;
import dev.fovea.Training;
import dev.fovea.TrainingEpoch;
import dev.fovea.TrainingListener;
import dev.fovea.TrainingResult;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Trains on records that a program has, here of fruit that it paints itself: {@code TrainOnRecords
 * FOLDER}.
 */
public final class TrainOnRecords {
  private static final int SIDE = 32;

  private TrainOnRecords() {}

  /** A row as a database might have it. */
  record Fruit(int size, Color color, String kind) {
    BufferedImage photo() {
      BufferedImage photo = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      Graphics2D pen = photo.createGraphics();
      pen.setColor(color);
      pen.fillOval(1, 1, size, size);
      pen.dispose();
      return photo;
    }
  }

  /** Runs the program. */
  public static void main(String[] args) {
    List<Fruit> fruit = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      fruit.add(new Fruit(12 + i % 17, Color.RED, "cherry"));
      fruit.add(new Fruit(12 + i % 17, Color.GREEN, "apple"));
    }
    LabeledImages images = LabeledImages.of(fruit, Fruit::photo, Fruit::kind);
    TrainingResult result =
        Training.on(images)
            .network("resnet9(width=8)")
            .epochs(2)
            .folder(Path.of(args[0]))
            .listener(new Report())
            .run();
    System.out.println(result.model() + ", top-1 " + result.top1());
  }

  /** Prints every epoch. */
  private static final class Report implements TrainingListener {
    @Override
    public void epoch(TrainingEpoch epoch) {
      System.out.println("epoch " + epoch.number() + " of " + epoch.of() + ": " + epoch.loss());
    }
  }
}
