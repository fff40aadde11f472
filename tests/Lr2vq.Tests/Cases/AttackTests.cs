using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Fuzz;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Files that were made to harm: each ends in a refusal or a right result, within five seconds of processor time and a gigabyte, in a
/// process whose values lie between guarded pages.</summary>
public sealed class AttackTests
{
    private static string Folder => TestData.Case("12-attack");

    public static TheoryData<string> Sides => ["left", "right"];

    [Theory, MemberData(nameof(Sides))]
    public void Artifacts_are_refused_or_run(string side) => Check(side, Directory.GetFiles(Folder, "*.lr2vq"), seeds: 2);

    [Theory, MemberData(nameof(Sides))]
    public void Models_are_refused_or_right(string side) => Check(side, Directory.GetFiles(Folder, "*.onnx"), seeds: TestData.Full ? 3 : 2);

    /// <summary>Sound networks with lengths that fit each other and with some that do not: where ONNX Runtime refuses, so do we.</summary>
    [Theory, MemberData(nameof(Sides))]
    public void Lengths_that_do_not_fit_are_refused(string side) => Check(side, Directory.GetFiles(Path.Combine(Folder, "lengths"), "*.onnx"), seeds: 12);

    [Theory]
    [InlineData("1,3,14,14", true)]
    [InlineData("4,3,14,14", true)]
    [InlineData("4,3,7,7", false)]
    [InlineData("1,3,28,28", false)]
    public void A_picture_of_another_size_is_refused(string shape, bool fits)
    {
        using CaseWorker worker = new("right");
        CaseResult result = worker.Run("file", Path.Combine(Folder, "classifier10_dynamic_hw.onnx"), "1", shape);
        Assert.True(result.Outcome == (fits ? CaseOutcome.Ran : CaseOutcome.Refused), result.ToString());
        if (!fits) Assert.Contains("image", result.Detail, StringComparison.Ordinal);
    }

    /// <summary>Reflecting more than once is NumPy's, which the specification refers to; ONNX Runtime refuses it.</summary>
    [Fact]
    public void A_border_longer_than_the_input_is_reflected_again()
    {
        byte[] model = new OnnxBuilder(18).Input("x", ElementType.Float32, 3).Constant("pads", HostTensor.Longs(7, 6)).Node("Pad", ["x", "pads"], ["y"], ("mode", "reflect")).Output("y", ElementType.Float32, 16).Build();
        HostTensor actual = ManagedChain.Run(model, ("x", HostTensor.Of<float>([0, 1, 2], 3)))[0];
        float[] expected = [.. Enumerable.Range(-7, 16).Select(i => ((i % 4) + 4) % 4).Select(at => at < 3 ? at : 4f - at)];
        Assert.Equal(expected, actual.Values<float>().ToArray());
    }

    private static void Check(string side, string[] files, int seeds)
    {
        Assert.NotEmpty(files);
        List<string> harm = [];
        using CaseWorker worker = new(side);
        foreach (string file in files.Order(StringComparer.Ordinal))
            for (int seed = side == "left" || TestData.Full ? 1 : 2; seed <= seeds; seed += TestData.Full ? 1 : 2)
            {
                CaseResult result = worker.Run("file", file, seed.ToString(CultureInfo.InvariantCulture));
                if (!result.IsHarmless) harm.Add($"{Path.GetFileName(file)}, seed {seed}: {result}");
            }
        Assert.True(harm.Count == 0, $"{harm.Count} cases\n" + string.Join('\n', harm));
    }
}
