using System;
using Lr2vq.Artifacts;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <content>What is known of a call before it has a session: a wrong one is refused at once, however many wait.</content>
public abstract partial class BackendModel
{
    /// <summary>Refuses an input whose shape follows from its length.</summary>
    /// <param name="index">Index of the input.</param>
    /// <param name="length">Its elements.</param>
    /// <exception cref="ArgumentException">The input cannot have this length.</exception>
    protected void CheckInput(int index, int length)
    {
        PlanPort port = PortTypes.Port(Plan.Inputs, index);
        InputShapes.FromLength(index, length, stackalloc int[port.Shape.Count]);
    }

    /// <summary>Refuses an input by its shape.</summary>
    /// <param name="index">Index of the input.</param>
    /// <param name="length">Its elements.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <exception cref="ArgumentException">The input cannot have this shape, or the length is not that of the shape.</exception>
    protected void CheckInput(int index, int length, ReadOnlySpan<int> shape) =>
        PortTypes.CheckShape(PortTypes.Port(Plan.Inputs, index), length, shape);

    /// <summary>Refuses a destination where the output's shape is known at build time; other outputs are compared before anything is computed, if the
    /// compiler knows their shapes, else afterwards.</summary>
    /// <param name="index">Index of the output.</param>
    /// <param name="length">Elements of the destination.</param>
    /// <exception cref="ArgumentException">The output has another length.</exception>
    protected void CheckOutput(int index, int length)
    {
        PlanPort port = PortTypes.Port(Plan.Outputs, index);
        if (!KnowsShapes) return;
        long expected = 1;
        // Not foreach: the enumerator of an interface would be allocated.
        for (int d = 0; d < port.Shape.Count; d++)
        {
            if (!port.Shape[d].IsConstant) return;
            expected = checked(expected * port.Shape[d].Value);
        }
        if (expected != length)
            throw new ArgumentException(FormattableString.Invariant(
                $"Output '{port.Name}' [{string.Join(",", port.Shape)}] has {expected} elements; the destination has {length}"));
    }

    /// <summary>Refuses a picture whose length is not that of its width and height.</summary>
    /// <param name="length">Bytes of the pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <exception cref="ArgumentException">There is no such picture.</exception>
    protected static void CheckPicture(int length, int width, int height) => PortTypes.Channels(length, width, height);

    /// <summary>The shape that an output would have, as far as the artifact knows it.</summary>
    /// <param name="inputShapes">The dimensions of all inputs, one after the other.</param>
    /// <param name="output">Index of the output.</param>
    /// <param name="shape">Receives the dimensions.</param>
    /// <param name="rank">Number of dimensions of the output.</param>
    /// <returns>False if the inputs cannot have these dimensions, <paramref name="shape"/> is too short, or the data decides the shape.</returns>
    protected bool TryGetOutputShapes(ReadOnlySpan<int> inputShapes, int output, Span<int> shape, out int rank)
    {
        PlanPort port = PortTypes.Port(Plan.Outputs, output);
        rank = port.Shape.Count;
        if (shape.Length < rank || IsShapeless(output)) return false;
        try
        {
            InputShapes.Evaluate(port.Shape, InputShapes.Solve(inputShapes), "the output").CopyTo(shape);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether the model says nothing of an output's shape.</summary>
    private bool IsShapeless(int output) => !KnowsShapes && Array.IndexOf(Plan.Steps[0].Attributes.Ints(ArtifactSkeleton.Shapeless, []), output) >= 0;
}
