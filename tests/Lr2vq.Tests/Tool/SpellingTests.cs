using System;
using System.IO;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary>A slip in every kind of setting is said, with the word that was meant.</summary>
public sealed class SpellingTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Prest", "Preset"), InlineData("target_ratio", "TargetRatio"), InlineData("TargetRation", "TargetRatio"), InlineData("Mehtod", "Method"), InlineData("xyz", null)]
    [InlineData("", null), InlineData("Kx", "K")]
    public void TheNearestWordIsFound(string word, string? meant) => Assert.Equal(meant, Spelling.Nearest(word, OptionTable.Names));

    [Theory]
    [InlineData("(did you mean 'compress'?)", "compres", "x.onnx")]
    [InlineData("(did you mean '--preset'?)", "compress", "x.onnx", "--prest", "Tiny")]
    [InlineData("(did you mean '--target-ratio'?)", "compress", "x.onnx", "--targetratio", "6")]
    [InlineData("(did you mean '--cache-directory'?)", "cache", "list", "--cache-dir", "x")]
    [InlineData("(did you mean 'trim'?)", "cache", "trimm")]
    [InlineData("--threads cannot be 'many'. It is a whole number from 0 to 1024", "compress", "x.onnx", "--threads", "many")]
    [InlineData("(did you mean 'compare'?)", "compar", "--help")]
    [InlineData("'lr2vq compress' wants MODEL.onnx", "compress")]
    [InlineData("one argument too many", "compress", "x.onnx", "y.onnx")]
    public void SlipsOfTheCommandLineEndWithTwo(string says, params string[] args)
    {
        ToolRun run = ToolRunner.Run(args);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(says, run.Error);
        Assert.DoesNotContain("System.", run.Error);
    }

    /// <summary>As other tools take it.</summary>
    [Theory]
    [InlineData("help")]
    [InlineData("help", "compress")]
    [InlineData("help", "cache", "trim")]
    public void HelpIsACommandToo(params string[] args)
    {
        ToolRun run = ToolRunner.Run(args), option = ToolRunner.Run([.. args[1..], "--help"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(option.Output, run.Output);
    }

    [Fact]
    public void AnArtifactThatIsNotThereHasOneBesideItPerhaps()
    {
        string model = _folder.Classifier();
        Assert.Equal(0, ToolRunner.Run("compress", model, "-o", _folder["small.lr2vq"], "--preset", "Fast").Code);
        ToolRun run = ToolRunner.Run("inspect", _folder["smal.lr2vq"]);
        Assert.Equal(1, run.Code);
        Assert.Contains("is not there (did you mean 'small.lr2vq'?). Name", run.Error, StringComparison.Ordinal);
    }

    /// <summary>The value of an option that is not known, and what follows a command that is not, are no problems of their own.</summary>
    [Theory]
    [InlineData("compress", "x.onnx", "--prest", "Tiny"), InlineData("compress", "--prest", "Tiny", "x.onnx"), InlineData("comprss", "x.onnx", "--preset", "Tiny")]
    [InlineData("run", "x.lr2vq", "--labls", "names.txt", "--random", "1"), InlineData("cache", "lst", "x")]
    public void ASlipIsSaidOnce(params string[] args)
    {
        ToolRun run = ToolRunner.Run(args);
        Assert.Equal(2, run.Code);
        Assert.Single(run.Error.Split('\n'), line => line.Contains(" : error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--preset cannot be 'Balancd' (did you mean 'Balanced'?)", "--preset", "Balancd")]
    [InlineData("--method cannot be 'kmean' (did you mean 'kmeans'?)", "--method", "kmean")]
    [InlineData("--target-ratio cannot be 'six'", "--target-ratio", "six")]
    [InlineData("--max-bytes cannot be '5 bits'", "--max-bytes", "5 bits")]
    [InlineData("--target-ratio and --max-bytes are set together", "--target-ratio", "6", "--max-bytes", "500KB")]
    public void ValuesAreNamedAsTheUserWritesThem(string says, params string[] args)
    {
        ToolRun run = ToolRunner.Run(["compress", _folder.Classifier(), .. args]);
        Assert.Equal(2, run.Code);
        Assert.Contains(says, run.Error);
    }

    [Fact]
    public void SlipsInTheConfigNameTheirLine()
    {
        string model = _folder.Classifier();
        File.WriteAllText(_folder["c.json"], "{\n  \"tensors\": {\n    \"fc\": { \"methd\": \"int8\" },\n    \"w\": {\n      \"method\": \"kmean\",\n      \"k\": 0\n    },\n    \"w\": 3\n  },\n  \"tensor\": {}\n}");
        ToolRun run = ToolRunner.Run("compress", model, "--config", _folder["c.json"]);
        Assert.Equal(1, run.Code);
        foreach (string says in (string[])["c.json(3) : error LR2VQ3007", "'methd' of 'fc' is not known (did you mean 'method'?)", "c.json(5) : error", "(did you mean 'kmeans'?)",
            "c.json(6) : error", "c.json(8) : error", "'w' is there twice", "c.json(10) : error", "'tensor' is not known (did you mean 'tensors'?)"])
            Assert.Contains(says, run.Error);
        File.WriteAllText(_folder["c.json"], "{\n  \"tensors\": {\n");
        Assert.Contains("c.json(3) : error LR2VQ3007", ToolRunner.Run("compress", model, "--config", _folder["c.json"]).Error);
        File.WriteAllText(_folder["c.json"], "\uFEFF{ }");
        Assert.Equal(0, ToolRunner.Run("compress", model, "--config", _folder["c.json"]).Code);
    }

    [Fact]
    public void PatternsThatMatchNothingAreRefused()
    {
        string model = _folder.Pointwise();
        File.WriteAllText(_folder["c.json"], "{ \"tensors\": {\n \"deap\": { \"method\": \"lossless\" },\n \"he*\": { \"method\": \"fp16\" } } }");
        ToolRun run = ToolRunner.Run("compress", model, "--config", _folder["c.json"]);
        Assert.Equal(1, run.Code);
        Assert.Contains("c.json(2) : error LR2VQ3015: 'deap' matches no tensor of 'pointwise.onnx' (did you mean 'deep'?)", run.Error);
        Assert.DoesNotContain("'he*'", run.Error);
        Assert.False(File.Exists(_folder["pointwise.lr2vq"]));

        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        foreach (string file in (string[])[model, _folder["pointwise.lr2vq"]])
        {
            ToolRun inspect = ToolRunner.Run("inspect", file, "--weight", "daep");
            Assert.Equal(1, inspect.Code);
            Assert.Contains("LR2VQ3019", inspect.Error);
            Assert.Contains("(did you mean 'deep'?)", inspect.Error);
        }
        ToolRun dimension = ToolRunner.Run("compress", _folder.Classifier(), "--dimensions", "M=1");
        Assert.Equal(1, dimension.Code);
        Assert.Contains("(did you mean 'N'?)", dimension.Error);
    }

    [Fact]
    public void TheCaseOfTheSharedFolderIsRefused()
    {
        string folder = Path.Combine(TestData.Folder, "cases", "09-settings-ignored");
        if (!Directory.Exists(folder)) Assert.Skip("cases/09-settings-ignored is not in the data folder");
        ToolRun run = ToolRunner.Run("compress", Path.Combine(folder, "model.onnx"), "-o", _folder["m.lr2vq"], "--config", Path.Combine(folder, "typo.json"));
        Assert.Equal(1, run.Code);
        Assert.Contains("LR2VQ3015: 'bodi.*' matches no tensor", run.Error);
        Assert.Contains("'body.*'", run.Error);
        run = ToolRunner.Run("compress", Path.Combine(folder, "model.onnx"), "-o", _folder["m.lr2vq"], "--method", "kmeans");
        Assert.Equal(0, run.Code);
        Assert.Matches("info LR2VQ3017: --method 'kmeans' is not used for .*stem.weight \\(first convolution: int8\\)", run.Error);
    }
}
