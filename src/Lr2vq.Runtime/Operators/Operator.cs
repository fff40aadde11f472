using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>A tensor in memory, as an operator sees it while it runs.</summary>
internal unsafe struct TensorView
{
    /// <summary>First element, 64-byte aligned. Null for an optional input that is absent, and for a weight that the operator took in
    /// <see cref="Operator.Bind"/>.</summary>
    public byte* Data;
    public ElementType Type;
    public TensorLayout Layout;
    /// <summary>Logical dimensions ([N, C, H, W] for a blocked tensor too).</summary>
    public int[] Shape;

    public readonly float* F32 => (float*)Data;
    public readonly long* I64 => (long*)Data;
    public readonly int Rank => Shape.Length;

    /// <summary>Logical elements; a blocked tensor stores more (see <see cref="StoredLength"/>).</summary>
    public readonly long Length
    {
        get
        {
            long length = 1;
            foreach (int dimension in Shape) length *= dimension;
            return length;
        }
    }

    /// <summary>Elements in memory, the zero lanes of a blocked tensor included.</summary>
    public readonly long StoredLength => Layout == TensorLayout.Blocked
        ? (long)Shape[0] * ((Shape[1] + 15) / 16) * Shape[2] * Shape[3] * 16
        : Length;
}

/// <summary>What an operator may ask when a model is loaded.</summary>
internal abstract class BindContext
{
    /// <summary>Takes the weight that input <paramref name="input"/> is, in its compressed form; null if that input is absent, a value, or
    /// not f32.
    /// A weight that no operator takes is decoded once and passed as a dense <see cref="TensorView"/>.</summary>
    public abstract WeightTensor? TakeWeight(int input);

    /// <summary>What the weight at input <paramref name="input"/> is used for; null if it is no f32 weight.</summary>
    public abstract WeightRole? RoleOf(int input);

    /// <summary>Takes the weight of u8 or i8 that input <paramref name="input"/> is, and the one that <paramref name="zeroPoints"/> is, if that is there; null if one of
    /// them is no such weight, or no kernel wants it packed. The operator does not see the weight again.</summary>
    public virtual TakenBytes? TakeBytes(int input, int zeroPoints) => null;

    /// <summary>What the artifact says of the form of this convolution.</summary>
    public virtual ConvForms Forms => default;

    /// <summary>True if input <paramref name="input"/> is there (a value or a weight).</summary>
    public abstract bool HasInput(int input);

    /// <summary>Where an operator puts what it packs at load (padded biases, transformed weights); freed with the model.</summary>
    public abstract NativeArena Memory { get; }
}

/// <summary>A weight of bytes that an operator took.</summary>
/// <param name="Values">In order.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="IsSigned">Whether they are i8; else u8.</param>
/// <param name="ZeroPoints">Those of the weight, of its type; empty if there are none.</param>
internal sealed record TakenBytes(byte[] Values, int[] Shape, bool IsSigned, byte[] ZeroPoints);

/// <summary>What is known of a step once the input shapes of the network are: its tensors without data.</summary>
internal readonly ref struct StepShapes(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, Func<Dimension, long> evaluate, int threads = 1)
{
    public ReadOnlySpan<TensorView> Inputs { get; } = inputs;
    public ReadOnlySpan<TensorView> Outputs { get; } = outputs;
    /// <summary>The value of a dimension expression (an attribute) for the present input shapes.</summary>
    public Func<Dimension, long> Evaluate { get; } = evaluate;
    /// <summary>Most threads that will work on the step; scratch memory is planned for them.</summary>
    public int Threads { get; } = threads;
}

/// <summary>What an operator needs for one set of shapes.</summary>
/// <param name="ScratchBytes">Scratch memory while the step runs.</param>
/// <param name="State">Anything precomputed for these shapes (index tables, evaluated attributes); handed back to Run.</param>
internal readonly record struct StepPreparation(long ScratchBytes = 0, object? State = null);

/// <summary>One call of an operator.</summary>
internal readonly unsafe ref struct StepArguments(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, byte* scratch, object? state,
    ThreadTeam? team = null)
{
    public ReadOnlySpan<TensorView> Inputs { get; } = inputs;
    public ReadOnlySpan<TensorView> Outputs { get; } = outputs;
    /// <summary>At least the bytes that <see cref="Operator.Prepare"/> asked for, 64-byte aligned.</summary>
    public byte* Scratch { get; } = scratch;
    public object? State { get; } = state;
    /// <summary>Null, or the threads that the step was prepared for.</summary>
    public ThreadTeam? Team { get; } = team;
    /// <summary>Where an operator that finds a size (<see cref="Operator.FindsSize"/>) writes it; null for others.</summary>
    public long* Size { get; init; }
}

/// <summary>An operator of a loaded network: attributes, weights and kernel are chosen; any number of sessions call it at once.</summary>
public abstract class Operator
{
    private protected Operator()
    {
    }

    /// <summary>Called once, when the model is loaded: takes weights, chooses kernels.</summary>
    internal virtual void Bind(BindContext context)
    {
    }

    /// <summary>States what the operator relies on, in the words of <see cref="StepRules"/>: everything that <see cref="Prepare"/> and
    /// <see cref="Run"/> take for granted of the step's tensors. Called once for each distinct set of input shapes, before anything is
    /// computed, also for steps whose outputs are empty. It must not depend on <see cref="Bind"/>: the compiler asks too.</summary>
    /// <exception cref="StepRuleException">A rule is broken.</exception>
    internal abstract void Check(in StepRules rules);

    /// <summary>Called once for each distinct set of input shapes of a session. May allocate.</summary>
    internal virtual StepPreparation Prepare(in StepShapes shapes) => default;

    /// <summary>Computes the outputs. Allocates nothing.</summary>
    internal abstract void Run(in StepArguments arguments);

    /// <summary>The input whose memory output 0 may share when nothing reads that input later; −1 for none.</summary>
    internal virtual int InPlaceInput => -1;

    /// <summary>The first and last input whose values are checked while the step runs; whoever gave them is told where they do not fit.</summary>
    internal virtual (int First, int Last) CheckedInputs => (1, 1);

    /// <summary>True if a length of the outputs is found while the step runs. For <see cref="Check"/> and <see cref="Prepare"/> it is the most that it
    /// can be; <see cref="Run"/> writes outputs of the length that it finds, without gaps, and looks at no shape of them.</summary>
    internal virtual bool FindsSize => false;

    /// <summary>True if output 0 is input 0 with another shape: the same bytes, nothing to compute.</summary>
    internal virtual bool IsView => false;
}

/// <summary>How a step of the Plan becomes an operator.</summary>
/// <typeparam name="TSelf">The operator.</typeparam>
public interface IOperator<TSelf> where TSelf : Operator, IOperator<TSelf>
{
    /// <summary>Reads the attributes of a step.</summary>
    static abstract TSelf Read(StepAttributes attributes);
}
