package dev.fovea.spark;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Small pictures of three colors, which are their classes, that a network of one layer tells. */
final class LabeledPictures {
  static final List<String> COLORS = List.of("red", "green", "blue");

  private static final int SIDE = 8;
  private static final Color[] PAINT = {Color.RED, Color.GREEN, Color.BLUE};

  private static final String[] SETTINGS = {
    "network.model=tiny{input=Input(|3x8x8);"
        + "c1=Conv2d(input|16|3x3s1x1p1x1|1|true|HeNormal:OUT|Constant:0.0);r1=Relu(c1);"
        + "flat=Flatten(r1);fc=Linear(flat|3|true|PyTorchDefault:1024|PyTorchDefault:1024);>fc:1.0}",
    "learning.length=6epochs",
    "learning.batch=12",
    "learning.rate.base=0.01",
    "data.augment=none",
    "data.val_fraction=0.2",
    "engine.precision=f32",
    "engine.seed=5",
  };

  private LabeledPictures() {}

  /** Settings of runs that take a second, and more that come behind and override them. */
  static String[] settings(String... more) {
    return Stream.concat(Arrays.stream(SETTINGS), Arrays.stream(more)).toArray(String[]::new);
  }

  static StructType schema() {
    return new StructType(
        new StructField[] {
          new StructField("content", DataTypes.BinaryType, true, Metadata.empty()),
          new StructField("label", DataTypes.StringType, true, Metadata.empty()),
          new StructField("number", DataTypes.LongType, true, Metadata.empty()),
          new StructField("held", DataTypes.BooleanType, false, Metadata.empty()),
        });
  }

  /** So many rows: a PNG, the name and the number of its class, and whether it is held back. */
  static Dataset<Row> rows(SparkSession spark, int count) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int color = i % COLORS.size();
      byte[] file = Fixtures.file(picture(i, PAINT[color]), "png");
      rows.add(RowFactory.create(file, COLORS.get(color), (long) color, i % 5 == 4));
    }
    return spark.createDataFrame(rows, schema());
  }

  private static BufferedImage picture(int seed, Color color) {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        float light = 0.5f + 0.5f * random.nextFloat();
        image.setRGB(
            x,
            y,
            new Color(
                    (int) (color.getRed() * light),
                    (int) (color.getGreen() * light),
                    (int) (color.getBlue() * light))
                .getRGB());
      }
    }
    return image;
  }
}
