using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lr2vq.Data;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary><c>lr2vq report</c>: what is on the page, that it needs nothing else, refusals. How it looks and behaves: Lr2vq.Page.Tests.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnArtifactAlone()
    {
        string model = _folder.Pointwise();
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        ToolRun run = ToolRunner.Run("report", _folder["pointwise.lr2vq"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        string page = File.ReadAllText(_folder["pointwise.html"]);
        foreach (string id in (string[])["made-of", "error", "speed", "origin"]) Assert.Contains($"<h2 id=\"{id}\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<h2 id=\"answers\">", page, StringComparison.Ordinal);
        // One dot a float tensor, a row a tensor.
        int tensors = ToolRunner.Run("inspect", _folder["pointwise.lr2vq"], "--json").Json().GetProperty("tensors").GetArrayLength();
        XElement[] charts = Charts(page);
        Assert.Equal(tensors, charts[1].Elements().Count(e => e.Name.LocalName == "circle"));
        Assert.Equal(tensors, Regex.Count(page, "<td title="));
        Assert.Equal(3, Regex.Count(page, "Conv [^<]*<title>"));
        Alone(page);
    }

    [Fact]
    public void AnswersBeforeAndAfterWithPicturesAndOtherSizes()
    {
        string model = _folder.Classifier(), data = Directory.CreateDirectory(_folder["data"]).FullName;
        for (int i = 0; i < 4; i++) PictureWriter.WritePng(Path.Combine(data, $"{i}.png"), new PixelImage(20, 10, 3, [.. Enumerable.Range(0, 600).Select(v => (byte)(v * (i + 1)))]));
        File.WriteAllLines(_folder["labels.txt"], Enumerable.Range(0, 10).Select(i => $"<kind & {i}>"));
        Assert.Equal(0, ToolRunner.Run("compress", model, "--preset", "Lossless").Code);
        ToolRun run = ToolRunner.Run("report", _folder["small.lr2vq"], "-o", _folder["page.html"], "--model", model, "--range", "0,1", "--data", data, "--labels", _folder["labels.txt"], "--rates", "1.5,2");
        Assert.Equal((0, ""), (run.Code, run.Error));
        string page = File.ReadAllText(_folder["page.html"]);
        Assert.Equal(4, Regex.Count(page, "<img [^>]*src=\"data:image/jpeg;base64,"));
        Assert.Contains("Every sample keeps its first answer.", page, StringComparison.Ordinal);
        Assert.Contains("&lt;kind &amp; ", page, StringComparison.Ordinal);
        Assert.Contains("100 %", page, StringComparison.Ordinal);
        // Nothing was lost, so no tensor is to blame.
        Assert.DoesNotContain("most to blame", page, StringComparison.Ordinal);
        Alone(page);
    }

    [Fact]
    public void TheOptionWritesThePageBesideTheArtifact()
    {
        string model = _folder.Classifier(), data = Directory.CreateDirectory(_folder["data"]).FullName;
        for (int i = 0; i < 8; i++) PictureWriter.WritePng(Path.Combine(data, $"{i}.png"), new PixelImage(20, 10, 3, [.. Enumerable.Range(0, 600).Select(v => (byte)(v * (i + 1)))]));
        ToolRun run = ToolRunner.Run("compress", model, "--preset", "Lossless", "--report", "true", "--calibration-data", Path.Combine(data, "*.png"));
        Assert.Equal(0, run.Code);
        Assert.Contains("report " + _folder["small.html"], run.Output, StringComparison.Ordinal);
        string page = File.ReadAllText(_folder["small.html"]);
        Assert.Equal(8, Regex.Count(page, "<img [^>]*src=\"data:image/jpeg;base64,"));
        Alone(page);

        // A size that nobody knows: the page is there, and it is said what is missing.
        new OnnxBuilder(13).Input("x", ElementType.Float32, "N", "M").Initializer("w", RandomTensor.Floats(1, 4, 4)).Node("MatMul", ["x", "w"], ["y"]).Output("y", ElementType.Float32, "N", 4).Write(_folder["open.onnx"]);
        run = ToolRunner.Run("compress", _folder["open.onnx"], "--report", "true");
        Assert.Equal(0, run.Code);
        Assert.True(File.Exists(_folder["open.html"]));
    }

    [Fact]
    public void TensorsThatAreToBlame()
    {
        string model = _folder.Classifier();
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        Assert.Equal(0, ToolRunner.Run("report", _folder["small.lr2vq"], "--model", model).Code);
        string page = File.ReadAllText(_folder["small.html"]);
        Assert.Contains("most to blame", page, StringComparison.Ordinal);
        Alone(page);
    }

    [Fact]
    public void WithoutDataTheInputsOfTheBuildAreShown()
    {
        string model = _folder.Classifier();
        ToolRun run = ToolRunner.Run("compress", model, "--report", "true");
        Assert.Equal((0, ""), (run.Code, run.Error));
        string written = File.ReadAllText(_folder["small.html"]);
        Assert.Equal(0, ToolRunner.Run("report", _folder["small.lr2vq"], "--model", model).Code);
        foreach (string page in (string[])[written, File.ReadAllText(_folder["small.html"])])
        {
            string[] pictures = [.. Regex.Matches(page, "<img [^>]*src=\"(data:image/jpeg;base64,[^\"]*)").Select(m => m.Groups[1].Value)];
            // As many as the gate takes at most, each another one.
            Assert.Equal(8, pictures.Distinct().Count());
            Assert.Contains("<h3>generated input 1, change ", page, StringComparison.Ordinal);
            Assert.Contains("one thread, generated inputs", page, StringComparison.Ordinal);
            Assert.Contains("Nobody gave data", page, StringComparison.Ordinal);
            Alone(page);
        }
        // Who gives a shape gets inputs of that shape.
        Assert.Equal(0, ToolRunner.Run("report", _folder["small.lr2vq"], "--model", model, "--shape", "image=2,3,8,8").Code);
        Assert.DoesNotContain("generated input", File.ReadAllText(_folder["small.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void MistakesAreSaid()
    {
        string model = _folder.Classifier();
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        ToolRun run = ToolRunner.Run("report", _folder["none.lr2vq"]);
        Assert.Equal(1, run.Code);
        Assert.Contains("none.lr2vq", run.Error, StringComparison.Ordinal);
        run = ToolRunner.Run("report", _folder["small.lr2vq"], "--rates", "4,x");
        Assert.NotEqual(0, run.Code);
        Assert.Contains("--rates", run.Error, StringComparison.Ordinal);
        run = ToolRunner.Run("report", _folder["small.lr2vq"], "--rates", "4");
        Assert.Contains("--model is not given", run.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, ToolRunner.Run("report", _folder["small.lr2vq"], "-o", _folder["small.lr2vq"]).Code);
        Assert.False(File.Exists(_folder["none.html"]));
    }

    private static XElement[] Charts(string page) => [.. Regex.Matches(page, "<svg.*?</svg>", RegexOptions.Singleline).Select(m => XElement.Parse(m.Value))];

    /// <summary>The page loads nothing, and its charts are well-formed and have names.</summary>
    private static void Alone(string page)
    {
        Assert.DoesNotMatch("(src|href)=\"(?!#|data:)", page);
        Assert.DoesNotMatch("url\\(|@import|https?://", page);
        Assert.All(Charts(page), chart => Assert.NotEmpty(chart.Attribute("aria-label")!.Value));
    }
}
