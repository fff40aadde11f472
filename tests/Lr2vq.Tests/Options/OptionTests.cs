using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Xunit;

namespace Lr2vq.Tests.Options;

public sealed class OptionTests
{
    [Fact]
    public void DefaultsAreThoseOfTheTable()
    {
        ModelOptions options = Parse();
        Assert.Equal(Preset.Balanced, options.Compression.Preset);
        Assert.Equal(CompressionMethod.Auto, options.Compression.Method);
        Assert.True(options.IsPublic);
        Assert.Null(options.Compression.TargetRatio);
    }

    [Theory, InlineData(","), InlineData(".")]
    public void NumbersAndWordsDoNotDependOnTheCulture(string decimalSign)
    {
        // The test program runs without culture data, so a culture like de-DE is made by hand.
        CultureInfo culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = decimalSign, NumberGroupSeparator = decimalSign == "," ? "." : ",", NegativeSign = "−" };
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            ModelOptions options = Parse(("TARGETRATIO", "6.5"), ("preset", "TINY"), ("Slicing", "IC"), ("D", "m"), ("Dimensions", "N=1; H=640"), ("Rename", "a=b=c"));
            Assert.Equal(6.5, options.Compression.TargetRatio);
            Assert.Equal(Preset.Tiny, options.Compression.Preset);
            Assert.Equal(Slicing.InputChannel, options.Compression.Slicing);
            Assert.Equal(ClusteringDimensionality.Whole, options.Compression.D);
            Assert.Equal(640, options.Fixed.Dimensions["H"]);
            Assert.Equal("c", options.Rename["a=b"]);
            Assert.Contains("targetRatio=6.5\n", options.ToCanonicalText());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("Prest", "Tiny", "LR2VQ3001", "Preset")]
    [InlineData("Preset", "Small", "LR2VQ3002", "Lossless")]
    [InlineData("Method", "dkm", "LR2VQ3003", "tc-ecsq")]
    [InlineData("Method", "dkm", "LR2VQ3003", "lr2vq")]
    [InlineData("Optimize", "Sped", "LR2VQ3002", "did you mean 'Speed'")]
    [InlineData("Backend", "Onnx", "LR2VQ3002", "OnnxRuntime")]
    [InlineData("FineTune", "Block", "LR2VQ3002", "EndToEnd")]
    [InlineData("TimeLimit", "5", "LR2VQ3030", "00:05:00")]
    [InlineData("TimeLimit", "00:00:05", "LR2VQ3030", "00:00:10")]
    [InlineData("TimeLimit", "200:00:00", "LR2VQ3030", "168:00:00")]
    [InlineData("CalibrationData", "nowhere/*.png", "LR2VQ3201", "nothing matches it")]
    [InlineData("CalibrationData", "nowhere", "LR2VQ3201", "no such file or folder")]
    [InlineData("CalibrationLabels", "l.csv", "LR2VQ3209", "CalibrationData")]
    [InlineData("Labels", "nowhere.txt", "LR2VQ3210", "nowhere.txt")]
    [InlineData("Mean", "0.5,0.5", "LR2VQ3004", "1 or 3 numbers")]
    [InlineData("Std", "0", "LR2VQ3004", "other than 0")]
    [InlineData("Range", "1", "LR2VQ3004", "0,255")]
    [InlineData("Resize", "0", "LR2VQ3004", "256")]
    [InlineData("Fit", "corp", "LR2VQ3002", "did you mean 'crop'")]
    [InlineData("Channels", "RBG", "LR2VQ3002", "BGR")]
    [InlineData("Layout", "NCWH", "LR2VQ3002", "NHWC")]
    [InlineData("K", "0", "LR2VQ3004", "65536")]
    [InlineData("K", "12.5", "LR2VQ3004", "whole")]
    [InlineData("TargetRatio", "6,5", "LR2VQ3004", "above 1")]
    [InlineData("TargetRatio", "NaN", "LR2VQ3004", "above 1")]
    [InlineData("D", "n", "LR2VQ3004", "auto")]
    [InlineData("Dimensions", "N", "LR2VQ3006", "N=1;H=640")]
    [InlineData("Dimensions", "N=-1", "LR2VQ3006", "N=1;H=640")]
    [InlineData("Config", "nowhere.json", "LR2VQ3007", "tensors")]
    public void WrongOptionsAreRefusedWithWhatIsKnown(string name, string value, string code, string named)
    {
        DiagnosticBag problems = new();
        OptionParser.Parse([new(name, value)], null, problems);
        Diagnostic problem = Assert.Single(problems.All);
        Assert.Equal(code, problem.Id);
        Assert.Contains(named, problem.Text);
    }

    [Fact]
    public void AllProblemsAreReportedTogether()
    {
        DiagnosticBag problems = new();
        OptionParser.Parse([new("K", "x"), new("Preset", "y"), new("TargetRatio", "6"), new("MaxBytes", "100")], null, problems);
        Assert.Equal(["LR2VQ3002", "LR2VQ3004", "LR2VQ3005"], problems.All.Select(p => p.Id).Order());
    }

    [Fact]
    public void CanonicalTextIsTheSameForTheSameOptionsOnly()
    {
        string one = Parse(("K", "256"), ("Dimensions", "N=1;H=2")).ToCanonicalText();
        Assert.Equal(one, Parse(("Dimensions", "H=2;N=1"), ("k", " 256 "), ("ClassName", "X")).ToCanonicalText());
        Assert.NotEqual(one, Parse(("K", "255"), ("Dimensions", "N=1;H=2")).ToCanonicalText());
    }

    [Fact]
    public void SettingsBesideTheModelAreRead()
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq").FullName;
        try
        {
            string model = Path.Combine(folder, "a.b.onnx"), config = Path.Combine(folder, "a.b.lr2vq.json");
            File.WriteAllText(config, """{ "tensors": { "layer1.*": { "method": "rvq", "k": 256, "d": "m" }, "fc": { "step": 0.1, "slicing": "oc" } } }""");
            DiagnosticBag problems = new();
            IReadOnlyList<TensorOverride> overrides = OptionParser.Parse([], model, problems).Compression.Overrides;
            Assert.Empty(problems.All);
            Assert.Equal([new TensorOverride("layer1.*") { Method = CompressionMethod.Rvq, K = 256, D = ClusteringDimensionality.Whole }, new TensorOverride("fc") { Step = 0.1, Slicing = Slicing.OutputChannel }], overrides);

            foreach (string bad in (string[])["[]", "{", "{\"tensor\":{}}", "{\"tensors\":{\"a\":{\"kk\":1}}}", "{\"tensors\":{\"a\":{\"k\":0}}}", "{\"tensors\":{\"a\":1}}"])
            {
                File.WriteAllText(config, bad);
                DiagnosticBag wrong = new();
                OptionParser.Parse([], model, wrong);
                Assert.Equal("LR2VQ3007", Assert.Single(wrong.All).Id);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void KebabNamesFollowFromNames()
    {
        Assert.Equal("target-ratio", OptionTable.Find("TargetRatio")!.KebabName);
        Assert.Equal("k", OptionTable.Find("K")!.KebabName);
        Assert.Equal(OptionTable.All.Count, OptionTable.All.Select(o => o.KebabName).Distinct(StringComparer.Ordinal).Count());
    }

    private static ModelOptions Parse(params (string Name, string Value)[] words)
    {
        DiagnosticBag problems = new();
        ModelOptions options = OptionParser.Parse(words.Select(w => new KeyValuePair<string, string>(w.Name, w.Value)), null, problems);
        Assert.Empty(problems.All);
        return options;
    }
}
