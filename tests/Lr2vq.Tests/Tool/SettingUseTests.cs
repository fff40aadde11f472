using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary>Settings that do nothing are said.</summary>
public sealed class SettingUseTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("warning LR2VQ3016: --k has no effect: uniform, kmeans, rvq, lr2vq, binary, svd and qswd use it; the tensors take ecsq, int8", "--k", "16")]
    [InlineData("warning LR2VQ3016: --m has no effect", "--m", "8")]
    [InlineData("warning LR2VQ3016: --d has no effect", "--d", "2", "--method", "rvq")]
    [InlineData("warning LR2VQ3016: --step has no effect", "--step", "0.1", "--method", "uniform")]
    [InlineData("warning LR2VQ3016: --slicing has no effect", "--slicing", "oc", "--preset", "Fast")]
    [InlineData("warning LR2VQ3016: --trellis has no effect: ecsq and tc-ecsq use it; the tensors take ", "--trellis", "on", "--preset", "Fast")]
    [InlineData("warning LR2VQ3016: --form has no effect: it serves no convolution", "--form", "depthwise")]
    [InlineData("info LR2VQ3017: --method 'rvq' is not used for stem (first convolution: int8), head (fewer than 2048 weights: int8)", "--method", "rvq")]
    [InlineData("warning LR2VQ3016: --method has no effect: no tensor takes it: stem (first convolution: int8), deep (one kernel tap: ecsq)", "--method", "tc-ecsq", "--config", "all.json")]
    [InlineData("info LR2VQ3017: --k '4096' is not used for deep (at most 256 levels)", "--k", "4096", "--method", "uniform")]
    [InlineData("info LR2VQ3017: --k '4096' is not used for deep (256 of 4096, by its number of subvectors)", "--k", "4096", "--method", "lr2vq", "--m", "4")]
    public void WhatAnOptionDoesNotDoIsSaid(string says, params string[] args)
    {
        File.WriteAllText(_folder["all.json"], """{ "tensors": { "head": { "method": "int8" } } }""");
        ToolRun run = ToolRunner.Run(["compress", _folder.Pointwise(), .. Array.ConvertAll(args, a => a == "all.json" ? _folder[a] : a)]);
        Assert.Equal(0, run.Code);
        Assert.Contains(says, run.Error);
    }

    [Theory, InlineData("warning LR2VQ3016", "--form", "depthwise"), InlineData("info LR2VQ3017", "--method", "rvq")]
    public void TheCacheSaysItAgain(string says, string option, string value)
    {
        string[] args = ["compress", _folder.Pointwise(), option, value, "--cache-directory", _folder["cache"]];
        ToolRun first = ToolRunner.Run(args), second = ToolRunner.Run(args);
        Assert.Contains("from the cache", second.Output);
        Assert.Contains(says, first.Error);
        // A slow machine is told how far it is.
        static string Said(ToolRun run) => string.Join('\n', run.Error.Split('\n').Where(line => !line.Contains(" %  ")));
        Assert.Equal(Said(first), Said(second));
    }

    [Theory]
    [InlineData("'b' has no effect: it matches only biases, constants and integers", """{ "b": { "method": "fp32" } }""")]
    [InlineData("'f*' has no effect: patterns further down match all its tensors", """{ "f*": { "method": "fp32" }, "fc": { "method": "fp16" } }""")]
    [InlineData("'k' of 'fc' has no effect: uniform, kmeans, rvq, lr2vq, binary, svd and qswd use it; its tensors take fp16", """{ "fc": { "method": "fp16", "k": 16 } }""")]
    [InlineData("'form' of 'fc' has no effect: none of its tensors is the weight of a convolution", """{ "fc": { "form": "direct" } }""")]
    public void WhatASettingOfTheConfigDoesNotDoIsSaid(string says, string tensors)
    {
        File.WriteAllText(_folder["small.lr2vq.json"], $"{{ \"tensors\":\n{tensors} }}");
        ToolRun run = ToolRunner.Run("compress", _folder.Classifier());
        Assert.Equal(0, run.Code);
        Assert.Contains("small.lr2vq.json(2) : warning LR2VQ3016: " + says, run.Error);
    }

    [Theory]
    [InlineData(""), InlineData("--method", "lr2vq", "--k", "16", "--m", "4", "--d", "2", "--slicing", "ic"), InlineData("--method", "int8"), InlineData("--preset", "Tiny"), InlineData("--form", "direct")]
    public void SettingsThatAreUsedAreNotMentioned(params string[] args)
    {
        ToolRun run = ToolRunner.Run(["compress", _folder.Pointwise(), .. Array.FindAll(args, a => a.Length > 0)]);
        Assert.DoesNotContain("LR2VQ3016", run.Error);
    }
}
