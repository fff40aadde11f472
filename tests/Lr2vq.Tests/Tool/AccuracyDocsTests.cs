using System.Linq;
using System.Text.Json;
using System.Xml.Linq;
using Lr2vq.Testing;
using Lr2vq.Testing.Docs;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class AccuracyDocsTests
{
    [Fact]
    public void PagesShowTheCheckedInFigures()
    {
        foreach ((string path, string text) in AccuracyDocs.Pages(TestData.RepositoryRoot))
            Assert.True(DocsFiles.IsCurrent(TestData.RepositoryRoot, path, text), $"{path} is out of date: run `dotnet run -c Release --project tests/Lr2vq.Accuracy -- docs`");
    }

    [Fact]
    public void TheChartIsAPictureForBothGrounds()
    {
        string svg = RateChart.Write([("net", [new RateCurve("without data", [(6, 0.02), (8, 0.4)]), new RateCurve("with unlabelled data", [(8, 0.01), (12, 0.09)])])]);

        XElement root = XDocument.Parse(svg).Root!;

        Assert.Equal("svg", root.Name.LocalName);
        Assert.Contains("prefers-color-scheme: dark", svg);
        Assert.DoesNotContain("NaN", svg);
    }

    [Fact]
    public void CrossingsOfCurvesAreFound()
    {
        LossCurve one = new("one", [(10_000, 8), (40_000, 2), (90_000, 1)]), other = new("other", [(10_000, 6), (40_000, 4), (90_000, 0.5)]), alone = new("alone", [(200_000, 0)]);

        Crossover[] crossings = [.. LossChart.Crossovers([one, other, alone])];

        Assert.Equal([("other", "one"), ("one", "other")], crossings.Select(c => (c.Below, c.Above)));
        Assert.Equal((20_000, 5), (crossings[0].Bytes, crossings[0].Lost), Near);
        XElement root = XDocument.Parse(LossChart.Write([("net", [one, other, alone])])).Root!;
        Assert.Equal(2, root.Elements().Count(e => (string?)e.Attribute("class") == "ring"));
        Assert.DoesNotContain("NaN", root.ToString());

        static bool Near((double, double) a, (double, double) b) => System.Math.Abs(a.Item1 - b.Item1) < 1 && System.Math.Abs(a.Item2 - b.Item2) < 1e-6;
    }

    /// <summary>Only where lines are read, and nothing where nobody counted.</summary>
    [Fact]
    public void LinesAreCountedWithoutSpacesToo()
    {
        static JsonElement Row(string setting, int correct, int? letters) => JsonSerializer.SerializeToElement(new { setting, calib = 0, ratio = 7, correct, count = 20, agree = correct, letters, kl = 0.1, seconds = 1 });
        JsonElement original = Row("original", 20, 20);

        Assert.Contains("| alike | but for spaces | KL |", AccuracyDocs.Rows([Row("a", 18, 20), Row("b", 17, null)], original));
        Assert.Contains("\n| a | none | 7.00 | 18 | 10.00 | 18 | 20 | 0.1000 | 1 |\n| b | none | 7.00 | 17 | 15.00 | 17 |  | 0.1000 | 1 |\n", AccuracyDocs.Rows([Row("a", 18, 20), Row("b", 17, null)], original));
        Assert.DoesNotContain("spaces", AccuracyDocs.Rows([Row("b", 17, null)], original));
    }

    [Fact]
    public void ChoicesOfRanksAreComparedWithAllOfThem()
    {
        static JsonElement Row(double share, int trials = 5) => JsonSerializer.SerializeToElement(new
        {
            network = "net.onnx", ratio = 24, m = 4, images = 1000, seed = 0, share,
            errors = new object[] { new { d = 1, lowRank = 4, clustering = 1 }, new { d = 2, lowRank = 1, clustering = 1.2 }, new { d = 3, lowRank = 0.8, clustering = 1.8 }, new { d = 4, lowRank = 0, clustering = 2.5 } },
            trials = new object[]
            {
                new { d = 0, loss = 0.7, agreement = 0.8 }, new { d = 1, loss = 0.5, agreement = 0.896 }, new { d = 2, loss = 0.6, agreement = 0.85 }, new { d = 3, loss = 0.4, agreement = 0.9 }, new { d = 4, loss = 0.9, agreement = 0.7 },
            }.Take(trials),
        });
        JsonElement row = Row(0.05);
        // Half a point is as good as a neighbour; the closed form has none.
        Assert.Equal([false, true, true, true, true], Enumerable.Range(0, 5).Select(d => RankDocs.IsGood(row, RankDocs.Taken(row, d))));
        string text = RankDocs.Section([row, Row(0.65), Row(0.05, trials: 4)], "program");

        Assert.Contains("| net | 24x | 4 | 1,000 | 0.050 | 3 | 90.0 % | 1 | 89.6 % | 2 | 85.0 % |  | 80.0 %, far | 4 | 70.0 % |", text);
        Assert.Contains("Rule T with the ρ of a short training 2 of 2, Rule T with the ρ of a build 2 of 2, closed form 0 of 2, d̃ = m 2 of 2.", text);
        Assert.Equal("", RankDocs.Section([Row(0.05, trials: 4)], "program"));
    }

    [Fact]
    public void RowsOfTrainedMethodsBecomeATable()
    {
        static JsonElement Row(string method, string options, bool tuned, double target, int correct, double drop, int seed) => JsonSerializer.SerializeToElement(new
        {
            network = "net.onnx", method, tuned, calib = 0, bytes = 1000, ratio = target, correct, count = 10_000, drop, kl = 0.1, seed, images = tuned ? 300 : 0, seconds = 1, target, options,
        });
        string text = TunedDocs.Section([Row("fp32", "", false, 1, 8801, 9, 0), Row("fp32", "", true, 1, 8810, 0, 0), Row("lr2vq", "M=9;D=4;K=64", false, 24, 3000, 58.1, 0), Row("lr2vq", "M=9;D=4;K=64", true, 24, 8600, 2.1, 0),
            Row("lr2vq", "M=9;D=4;K=64", true, 24, 8580, 2.3, 1), Row("pq", "M=9", true, 24, 8500, 3.1, 0)], "program");

        Assert.Contains("Dense: 8,801 of 10,000 right, 8,810 after 300 images.", text);
        Assert.Contains("\n| lr2vq | M=9;D=4;K=64 | 1,000 | 24.00 | 58.10 | 0.1000 | 8,590 (8,580 to 8,600) | 2.20 (2.10 to 2.30) | 0.1000 (0.1000 to 0.1000) | 1 |\n| pq |", text);
    }
}
