using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Every operator through the whole chain: a model of one node, read, planned, written, loaded and run, against ONNX Runtime.</summary>
public sealed class ChainTests
{
    /// <summary>Drawn cases of an operator.</summary>
    private static int Seeds => TestData.Full ? 20 : 6;

    /// <summary>Operators some of whose lengths or factors must be numbers.</summary>
    private static readonly HashSet<string> s_wantNumbers =
    [
        "Expect", "GatherND", "GroupNormalization", "ScatterND", "Resize nearest", "Resize nearest on blocks", "Resize linear", "Resize linear on blocks", "Resize cubic",
        "Resize antialiased", "Attention of heads", "Attention of heads side by side", "RotaryEmbedding", "GroupNorm", "SkipGroupNorm", "BiasSplitGelu", "Attention of an input", "MultiHeadAttention", "MultiHeadAttention of operands side by side", "DFT", "DFT along an axis", "DFT of data", "STFT",
        "Conv by a computed weight", "Conv depthwise by a computed weight", "ConvTranspose by a computed weight", "ReduceSum of data", "ReduceMax of data", "ReduceLogSumExp of data", "Col2Im of data",
    ];

    public static TheoryData<string> Names => [.. OperatorCases.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_ONNX_Runtime(string name)
    {
        foreach (int seed in GuardedBlocks.Seeds(200, Seeds))
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            string about = $"{name}, seed {seed}: {sample}";
            HostTensor[] expected = Step("oracle", about, sample.Expected);
            Compare(sample, expected, sample.Model(expected), about);
        }
    }

    // Equal lengths get one symbol, so that what fits with numbers fits with symbols.
    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_symbolic_dimensions(string name)
    {
        List<string> refused = [];
        foreach (int seed in GuardedBlocks.Seeds(300, Seeds))
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            string about = $"{name}, seed {seed}, symbolic: {sample}";
            HostTensor[] expected = Step("oracle", about, sample.Expected);
            try
            {
                Compare(sample, expected, sample.Model(expected, length => length > 1 ? "n" + length : null), about);
            }
            catch (InvalidOperationException e) when (e.InnerException is DiagnosticException problem)
            {
                refused.Add(problem.Diagnostics[0].ToString());
            }
        }
        Assert.True(refused.Count == 0 || s_wantNumbers.Contains(name), $"{name}: {refused.FirstOrDefault()}");
    }

    public static TheoryData<string> BlockedNames => [.. OperatorCases.All.Where(entry => entry.Value(new Draw(0)) is { CanBeBlocked: true, Outputs: 1, Nodes: null }).Select(entry => entry.Key)];

    [Theory, MemberData(nameof(BlockedNames))]
    public void Agrees_between_convolutions(string name)
    {
        foreach (int seed in GuardedBlocks.Seeds(400, Seeds))
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            string about = $"{name}, seed {seed}, between convolutions: {sample}";
            if (sample.Outputs != 1 || sample.Inputs[0].Value is not { Type: ElementType.Float32, Shape.Length: 4 }) continue;
            HostTensor alone = Step("oracle", about, sample.Expected)[0];
            if (alone.Type != ElementType.Float32 || alone.Shape.Length != 4) continue;
            byte[] model = sample.ModelBetweenConvolutions(alone);
            HostTensor[] expected = Step("oracle", about, () => OrtOracle.Run(model, sample.GivenInputs()));
            Compare(sample with { Tolerance = Tolerance.OfLargest(2e-5) }, expected, model, about);
        }
    }

    private static void Compare(OperatorCase sample, HostTensor[] expected, byte[] model, string about)
    {
        using ManagedChain chain = Step("compiler", about, () => ManagedChain.Of(model));
        HostTensor[] actual = Step("run time", about, () => chain.Run(sample.GivenInputs()));
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) sample.Tolerance.Check(expected[i], actual[i], about + "\n" + PlanText.Write(chain.Compressed.Plan));
    }

    private static T Step<T>(string stage, string about, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
        {
            string what = e is DiagnosticException d ? string.Join("; ", d.Diagnostics.Select(x => x.ToString())) : e.Message;
            throw new InvalidOperationException($"{about}: {stage}: {e.GetType().Name}: {what}", e);
        }
    }

    private static IEnumerable<string> OperatorNames => typeof(Operator).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract).Select(type => type.Name).Order(StringComparer.Ordinal);

    [Fact]
    public void Every_operator_is_in_the_table()
    {
        foreach (string name in OperatorNames) Assert.NotNull(OperatorTable.Read(name, StepAttributes.Empty));
    }

    [Fact]
    public void Every_operator_has_a_case()
    {
        HashSet<string> used = new(StringComparer.Ordinal);
        string[] symbolic = ["DimensionValues", "Range of a length"];
        for (int seed = 0; seed < 6 && OperatorNames.Except(used).Any(); seed++)
            foreach ((string name, Func<Draw, OperatorCase> make) in OperatorCases.All)
            {
                OperatorCase sample = make(new Draw(seed));
                using ManagedChain chain = Step("compiler", $"{name}, seed {seed}",
                    () => ManagedChain.Of(sample.Model(symbol: length => symbolic.Contains(name) ? "n" + length : null)));
                used.UnionWith(chain.Compressed.Plan.Steps.Select(step => step.Operator));
            }
        Assert.Equal([], OperatorNames.Except(used));
    }
}
