package dev.fovea.study;

import dev.fovea.program.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;

/**
 * A study that a test puts together of what it is about; all else is there, and says nothing.
 *
 * @param compared the arms, for a typical shorter side of the images
 */
public record SmallStudy(
    String name,
    List<Criterion> criteria,
    List<Question> secondaryQuestions,
    Function<IntSupplier, List<Arm>> compared,
    Function<StudyData, Conclusion> conclusion)
    implements Study {

  /** A study that trains these arms and concludes nothing from them. */
  public static SmallStudy of(String name, Arm... arms) {
    return ofImages(name, shorterSide -> List.of(arms));
  }

  /** A study whose arms depend on the size of the images. */
  static SmallStudy ofImages(String name, Function<IntSupplier, List<Arm>> compared) {
    return new SmallStudy(
        name, List.of(), List.of(), compared, data -> concluded(Map.of(), List.of()));
  }

  /** A quick setting with one seed, a few images and the least number of epochs. */
  public static Setting setting(Path folder) {
    return setting(1, folder);
  }

  /** The same with so many seeds. */
  static Setting setting(int seeds, Path folder) {
    String data = "shapes(size=32,count=200,val=50)";
    return new Setting(Scale.QUICK, data, seeds, Duration.ofSeconds(1), folder, Precision.F32, 1);
  }

  /** The same study with one criterion, judged by this number. */
  SmallStudy measuring(Criterion criterion, ToDoubleFunction<StudyData> number) {
    return new SmallStudy(
        name,
        List.of(criterion),
        List.of(),
        compared,
        data -> concluded(Map.of(criterion.name(), number.applyAsDouble(data)), List.of()));
  }

  /** The same study with a question beside its claim, and what it answers to it. */
  SmallStudy asking(Question question, List<String> answers) {
    return new SmallStudy(
        name,
        criteria,
        List.of(question),
        compared,
        data -> concluded(conclusion.apply(data).measured(), answers));
  }

  private static Conclusion concluded(Map<String, Double> measured, List<String> answers) {
    return new Conclusion(measured, List.of(), List.of(), List.of(), answers);
  }

  @Override
  public Claim claim() {
    return new Claim("A small study", "Nothing.", "nobody, arXiv 0");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of();
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return arms(
        scale,
        () -> {
          throw new AssertionError("the size of the images was not given");
        });
  }

  @Override
  public List<Arm> arms(Scale scale, IntSupplier shorterSide) {
    return compared.apply(shorterSide);
  }

  @Override
  public Conclusion conclude(StudyData data) {
    return conclusion.apply(data);
  }
}
