using System;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <summary>One caller's inputs and outputs on a model. Used by one thread at a time; any number of sessions share the model's weights.</summary>
public abstract unsafe partial class BackendSession : IDisposable
{
    private int _busy;
    private long _countedBytes;
    private bool _disposed;

    /// <param name="model">The session keeps what it needs of it alive, even when the model is disposed.</param>
    private protected BackendSession(BackendModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.AddSession();
        Owner = model;
        Inputs = new SessionInputs(model.InputShapes, model.Plan.Inputs.Count);
    }

    internal BackendModel Owner { get; }

    internal bool IsUsable => !_disposed && Volatile.Read(ref _busy) == 0;

    /// <summary>Bytes that the session owns.</summary>
    internal long MemoryBytes => Inputs.Bytes + OwnBytes;

    private protected SessionInputs Inputs { get; }

    /// <summary>True while the outputs of a run are there.</summary>
    private protected bool HasRun { get; set; }

    /// <summary>Bytes beside the inputs.</summary>
    private protected abstract long OwnBytes { get; }

    /// <summary>Copies an input into the session; its shape follows from its length. The input keeps its values over several runs.</summary>
    /// <typeparam name="T">The input's element type.</typeparam>
    /// <param name="index">Index of the input.</param>
    /// <param name="values">Row-major values.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong, or the shape does not follow from the length.</exception>
    public void SetInput<T>(int index, ReadOnlySpan<T> values) where T : unmanaged
    {
        Enter();
        try
        {
            PortTypes.Check<T>(PortTypes.Port(Owner.Plan.Inputs, index));
            Span<int> dimensions = Inputs.DimensionsOf(index), found = stackalloc int[dimensions.Length];
            if (Inputs.IsSet(index) && PortTypes.Length(dimensions) == values.Length) dimensions.CopyTo(found);
            else Owner.InputShapes.FromLength(index, values.Length, found);
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
            bytes.CopyTo(Room(index, bytes.Length, found));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Copies an input of a given shape into the session. The input keeps its values over several runs.</summary>
    /// <typeparam name="T">The input's element type.</typeparam>
    /// <param name="index">Index of the input.</param>
    /// <param name="values">Row-major values.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="ArgumentException">The type, the shape or the length is wrong.</exception>
    public void SetInput<T>(int index, ReadOnlySpan<T> values, ReadOnlySpan<int> shape) where T : unmanaged
    {
        Enter();
        try
        {
            PlanPort port = PortTypes.Port(Owner.Plan.Inputs, index);
            PortTypes.Check<T>(port);
            SetBytes(port, index, MemoryMarshal.AsBytes(values), shape);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Says how many elements of an output the caller has room for, so that a wrong number is found before anything is computed. Where the
    /// compiler does not know the shapes (networks that only ONNX Runtime computes), <see cref="GetOutput{T}"/> finds it.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <param name="length">Elements of the destination that <see cref="GetOutput{T}"/> will be given.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong, the data decides the length, or the input shapes do not fit each other or the
    /// network.</exception>
    /// <exception cref="InvalidOperationException">An input was never set.</exception>
    /// <exception cref="InvalidArtifactException">The network cannot be computed for any input of this shape.</exception>
    public void ExpectOutput<T>(int index, int length) where T : unmanaged
    {
        Enter();
        try
        {
            PortTypes.Check<T>(PortTypes.Port(Owner.Plan.Outputs, index));
            Ready();
            if (Owner.KnowsShapes) CheckLength(index, ExpectedShape(index), length);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Computes the outputs.</summary>
    /// <exception cref="InvalidOperationException">An input was never set, or ONNX Runtime made an output of another type than the model declares.</exception>
    /// <exception cref="ArgumentException">The input shapes do not fit each other or the network, would need more than
    /// <see cref="SessionOptions.MaxMemory"/>, an index among the input values is outside what it points into, or a step cannot take as many as an
    /// earlier one found in the data; or ONNX Runtime cannot compute the network for these inputs, and its own exception is the cause.</exception>
    /// <exception cref="InvalidArtifactException">The network cannot be computed for any input.</exception>
    public void Run() => Run(default);

    /// <summary>Computes the outputs, as <see cref="Run()"/> does.</summary>
    /// <param name="cancellationToken">Ends the run between two steps; the session can be used again.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            Ready();
            long start = Owner.HasMetrics ? ModelMetrics.Start() : 0;
            HasRun = false;
            Compute(cancellationToken);
            HasRun = true;
            // Who measures nothing does not make the meter.
            if (start != 0) ModelMetrics.Stop(start, Owner);
        }
        finally
        {
            Leave();
        }
        GC.KeepAlive(this);
    }

    /// <summary>Copies an output of the last run.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <param name="destination">As long as the output.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong.</exception>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public void GetOutput<T>(int index, Span<T> destination) where T : unmanaged
    {
        Enter();
        try
        {
            ReadOnlySpan<T> values = View<T>(index);
            CheckLength(index, ShapeOf(index), destination.Length);
            values.CopyTo(destination);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>An output of the last run where it lies; the next <c>SetInput</c> or <see cref="Run()"/> may write over it. The span keeps its
    /// memory alive, also when the session is disposed or collected.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <exception cref="ArgumentException">The type is wrong.</exception>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public ReadOnlySpan<T> Output<T>(int index) where T : unmanaged
    {
        Enter();
        try
        {
            return View<T>(index);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The dimensions of an output in the last run.</summary>
    /// <param name="index">Index of the output.</param>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public ReadOnlySpan<int> OutputShape(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        PortTypes.Port(Owner.Plan.Outputs, index);
        RequireRun();
        return ShapeOf(index);
    }

    /// <summary>Frees the session's memory.</summary>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        Enter();
        _disposed = true;
        Free();
        Inputs.Clear();
        CountMemory();
        Owner.RemoveSession();
        Leave();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sets all inputs to zeros.</summary>
    /// <param name="dimensions">The dimensions of all inputs, one after the other.</param>
    internal void SetZeros(ReadOnlySpan<int> dimensions)
    {
        int[] starts = Owner.InputShapes.Starts;
        Enter();
        try
        {
            for (int i = 0; i < starts.Length - 1; i++)
            {
                ReadOnlySpan<int> shape = dimensions[starts[i]..starts[i + 1]];
                Room(i, checked((int)(PortTypes.Length(shape) * ElementTypes.ByteLength(Owner.Plan.Inputs[i].Type))), shape).Clear();
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>As <see cref="SetInput{T}(int, ReadOnlySpan{T}, ReadOnlySpan{int})"/> with the bytes of the values.</summary>
    internal void SetInputBytes(int index, ReadOnlySpan<byte> values, ReadOnlySpan<int> shape)
    {
        Enter();
        try
        {
            SetBytes(PortTypes.Port(Owner.Plan.Inputs, index), index, values, shape);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The bytes of an output of the last run.</summary>
    internal ReadOnlySpan<byte> OutputBytes(int index)
    {
        PlanPort port = PortTypes.Port(Owner.Plan.Outputs, index);
        RequireRun();
        return View<byte>(index, checked(PortTypes.Length(ShapeOf(index)) * ElementTypes.ByteLength(port.Type)));
    }
}
