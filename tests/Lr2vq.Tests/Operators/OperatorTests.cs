using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Testing;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Every operator by itself: against ONNX Runtime, and every vector width against one lane.</summary>
public sealed class OperatorTests
{
    private const int Seeds = 12;

    /// <summary>Without those that only the compiler turns into steps; the chain tests them.</summary>
    public static TheoryData<string> Names => [.. OperatorCases.All.Where(entry => entry.Value(new Draw(0)).RunsAlone).Select(entry => entry.Key)];

    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_ONNX_Runtime(string name)
    {
        foreach (int seed in GuardedBlocks.Seeds(0, Seeds))
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            string about = $"{name}, seed {seed}: {sample}";
            HostTensor[] expected = Guarded(about, sample.Expected);
            Check(sample, expected, blocked: false, about);
            if (sample.CanBeBlocked && expected.All(output => output.Shape.Length == 4)) Check(sample, expected, blocked: true, about + ", blocked");
        }
    }

    [Theory, MemberData(nameof(Names)), Trait("Isa", "true")]
    public void Every_width_equals_one_lane(string name)
    {
        foreach (int seed in GuardedBlocks.Seeds(100, Seeds / 2))
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            HostTensor[] shapes = Guarded(name, sample.Expected);
            foreach (bool blocked in new[] { false, true })
            {
                if (blocked && !(sample.CanBeBlocked && shapes.All(output => output.Shape.Length == 4))) continue;
                HostTensor[] one;
                using (Lanes.Force(Isa.Scalar)) one = Run(sample, shapes, blocked);
                for (int i = 0; i < one.Length; i++) sample.Tolerance.Check(shapes[i], one[i], $"{name}, seed {seed}: {sample}");
                foreach (Isa isa in VectorWidths.Compared[1..])
                    using (Lanes.Force(isa))
                    {
                        HostTensor[] wide = Run(sample, shapes, blocked);
                        for (int i = 0; i < one.Length; i++) sample.Tolerance.Check(one[i], wide[i], $"{name}, seed {seed}, {isa}: {sample}");
                    }
            }
        }
    }

    private static void Check(OperatorCase sample, HostTensor[] expected, bool blocked, string about)
    {
        HostTensor[] actual = Guarded(about, () => Run(sample, expected, blocked));
        for (int i = 0; i < expected.Length; i++) sample.Tolerance.Check(expected[i], actual[i], about);
        if (!OperatorHarness.CanRunInPlace(Read(sample), sample.ReadPlanInputs(), expected)) return;
        HostTensor[] inPlace = Guarded(about, () => Run(sample, expected, blocked, inPlace: true));
        for (int i = 0; i < expected.Length; i++) Tolerance.Exact.Check(actual[i], inPlace[i], about + ", in place");
    }

    private static Operator Read(OperatorCase sample) => OperatorTable.Read(sample.PlanName ?? sample.Op, sample.ReadPlanAttributes())
        ?? throw new InvalidOperationException($"no operator {sample.Op}");

    private static HostTensor[] Run(OperatorCase sample, HostTensor[] outputs, bool blocked, bool inPlace = false) =>
        OperatorHarness.Run(Read(sample), sample.ReadPlanInputs(), outputs, blocked, inPlace);

    private static T Guarded<T>(string about, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
        {
            throw new InvalidOperationException($"{about}: {e.Message}", e);
        }
    }
}
