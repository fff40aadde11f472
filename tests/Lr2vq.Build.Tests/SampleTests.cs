using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Lr2vq.Data;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>The samples, as a user builds them from the packages.</summary>
public sealed partial class SampleTests(Workshop workshop)
{
    [Fact]
    public void ClassifyKnowsWhetherALineStandsOnItsHead()
    {
        UserProject sample = workshop.Sample("Classify");
        string models = "-p:OcrModels=" + Path.GetDirectoryName(TestData.Model("ch_ppocr_mobile_v2.0_cls_infer.onnx"));
        string[] lines = [.. File.ReadAllLines(sample.PathOf("Program.cs")).Where(line => line.Trim().Length > 0 && !line.StartsWith("//", StringComparison.Ordinal) && !UsingDirective().IsMatch(line))];
        Assert.InRange(lines.Length, 1, 10);
        Assert.Empty(sample.Build(models).Succeeded().Problems);

        PixelImage line = PictureFile.Read(Path.Combine(TestData.RepositoryRoot, "samples", "ReadText", "line.png"));
        string[] pictures = [sample.PathOf("upright.png"), sample.PathOf("turned.png")];
        PictureWriter.WritePng(pictures[0], line);
        PictureWriter.WritePng(pictures[1], Turned(line));
        string[] answers = [.. pictures.Select(picture => sample.Run(arguments: picture))];
        Assert.Matches(@"^upright: (1\.000|0\.9\d\d)\nupside down: 0\.0\d\d$", answers[0]);
        Assert.Matches(@"^upside down: (1\.000|0\.9\d\d)\nupright: 0\.0\d\d$", answers[1]);

        if (!TestData.Full || !OperatingSystem.IsLinux()) return;
        Assert.Empty(sample.MSBuild("publish", models, "-p:PublishAot=true", "-r", "linux-x64", "-o", sample.PathOf("native")).Succeeded().Problems);
        Assert.Equal(answers, pictures.Select(picture => Command.Run(sample.PathOf("native", "Classify"), [picture], sample.Folder).Output.Trim()));
    }

    [Fact]
    public void FaceDetectDrawsABoxAroundADrawnFace()
    {
        UserProject sample = workshop.Sample("FaceDetect");
        string network = TestData.Model("face_detection_front_128x128_barracuda.onnx");
        Assert.Empty(sample.Build("-p:FaceModels=" + Path.GetDirectoryName(network)).Succeeded().Problems);

        // As large as the network's input, so that nothing is scaled.
        PixelImage face = DrawnFace.Of(128);
        string input = sample.PathOf("face.png"), output = sample.PathOf("boxes.png");
        PictureWriter.WritePng(input, face);
        string said = sample.Run(arguments: [input, output]);
        Match box = FaceLine().Match(said);
        Assert.True(box.Success, said);
        int[] place = [.. box.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, System.Globalization.CultureInfo.InvariantCulture))];
        double[] expected = BestBox(network, face);
        for (int i = 0; i < 4; i++) Assert.True(Math.Abs(place[i] - expected[i]) <= 3, $"{said} instead of {string.Join(' ', expected)}");

        PixelImage drawn = PictureFile.Read(output);
        int green = 0, changed = 0;
        for (int i = 0; i < drawn.Pixels.Length; i += 3)
        {
            bool isGreen = drawn.Pixels.AsSpan(i, 3).SequenceEqual<byte>([0, 255, 64]);
            if (isGreen) green++;
            else if (!drawn.Pixels.AsSpan(i, 3).SequenceEqual(face.Pixels.AsSpan(i, 3))) changed++;
        }
        Assert.Equal(0, changed);
        // A frame two pixels wide.
        Assert.InRange(green, 3.5 * (place[2] + place[3]), 4.5 * (place[2] + place[3]));
    }

    [Fact]
    public void TheTemplateMakesAProgramThatBuildsAndRuns()
    {
        string hive = Path.Combine(workshop.Root, "hive"), folder = Path.Combine(workshop.Root, "template");
        Directory.CreateDirectory(folder);
        New("install", Workshop.PackagePath("Lr2vq.Templates"));
        New("lr2vq", "-n", "flower-shop", "--model", "networks/flowers.onnx", "--labels", "names.txt", "--mean", "0.485,0.456,0.406", "--std", "0.25");
        UserProject project = new(workshop, Path.Combine(folder, "flower-shop", "flower-shop.csproj"));
        Directory.CreateDirectory(project.PathOf("networks"));
        project.Write("networks/flowers.onnx", Networks.Small()).Write("names.txt", string.Join('\n', Enumerable.Range(0, 10).Select(i => "flower " + i)));
        Assert.Equal(["Program.cs", "flower-shop.csproj"], Directory.GetFiles(project.Folder).Select(Path.GetFileName).Except(["names.txt"]).Order(StringComparer.Ordinal));
        Assert.Empty(project.Build().Succeeded().Problems);
        PictureWriter.WritePng(project.PathOf("picture.png"), DrawnFace.Of(32));
        string[] answers = project.Run(arguments: "picture.png").Split('\n');
        Assert.Equal(5, answers.Length);
        Assert.All(answers, answer => Assert.Matches(@"^flower \d: [01]\.\d\d\d$", answer));

        // What is not given has a default, and no labels are none.
        New("lr2vq", "-n", "Plain");
        string plain = File.ReadAllText(Path.Combine(folder, "Plain", "Plain.csproj"));
        Assert.Contains("""<Lr2vqModel Include="model.onnx" ClassName="Classifier" Access="internal" Mean="0.5" Std="0.5" />""", plain);
        Assert.Contains($"""<PackageReference Include="Lr2vq.Build" Version="{workshop.Version}" />""", plain);
        Assert.DoesNotContain("#if", plain);

        void New(params string[] arguments)
        {
            CommandResult result = Command.Run("dotnet", ["new", .. arguments, "--debug:custom-hive", hive], folder);
            Assert.True(result.ExitCode == 0, result.Output);
        }
    }

    /// <summary>Left, top, width and height, in pixels, of the anchor that ONNX Runtime finds surest with the original network.</summary>
    private static double[] BestBox(string network, PixelImage face)
    {
        using OrtOracle oracle = new(network);
        HostTensor[] outputs = oracle.Run(("input:0", HostTensor.Of([.. face.Pixels.Select(p => p / 127.5f - 1)], 1, 128, 128, 3)));
        double[] best = [];
        float surest = float.NegativeInfinity;
        foreach ((int side, int anchors) in ((int, int)[])[(16, 2), (8, 6)])
        {
            float[] scores = Output(side * side * anchors, 1), boxes = Output(side * side * anchors, 16);
            for (int i = 0; i < scores.Length; i++)
            {
                if (scores[i] <= surest) continue;
                surest = scores[i];
                int place = i / anchors, cell = 128 / side;
                float x = (place % side + 0.5f) * cell + boxes[16 * i], y = (place / side + 0.5f) * cell + boxes[16 * i + 1];
                best = [x - boxes[16 * i + 2] / 2, y - boxes[16 * i + 3] / 2, boxes[16 * i + 2], boxes[16 * i + 3]];
            }
        }
        return best;

        float[] Output(int rows, int numbers) => outputs.Single(o => o.Shape.SequenceEqual([1, rows, numbers])).Values<float>().ToArray();
    }

    private static PixelImage Turned(PixelImage image)
    {
        byte[] pixels = new byte[image.Pixels.Length];
        int channels = image.Channels, count = pixels.Length / channels;
        for (int i = 0; i < count; i++) image.Pixels.AsSpan(i * channels, channels).CopyTo(pixels.AsSpan((count - 1 - i) * channels));
        return new PixelImage(image.Width, image.Height, channels, pixels);
    }

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"^\d+\.\d %  x (\d+) y (\d+) width (\d+) height (\d+)\n1 faces$")]
    private static partial Regex FaceLine();
}
