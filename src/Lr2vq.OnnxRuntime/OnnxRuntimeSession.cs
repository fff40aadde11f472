using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Memory;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Ort = Microsoft.ML.OnnxRuntime;

namespace Lr2vq.OnnxRuntime;

/// <summary>One caller's inputs and outputs on a model. Used by one thread at a time; any number of sessions share ONNX Runtime's session, and with it
/// the weights.</summary>
/// <remarks>Inputs are read where they lie in this session; outputs are copied into it after a run. A call allocates little, but not nothing.</remarks>
public sealed unsafe class OnnxRuntimeSession : IDisposable
{
    private const int MaxPictureRank = 4;

    private readonly OnnxRuntimeModel _model;
    private readonly SessionInputs _inputs;
    private readonly Ort.RunOptions _options = new();
    private readonly Ort.OrtValue?[] _values;
    private readonly PinnedMemory?[] _outputs;
    private readonly int[][] _outputShapes;
    private PictureConverter?[]? _pictures;
    private int _busy;
    private bool _hasRun, _disposed;

    internal OnnxRuntimeSession(OnnxRuntimeModel model)
    {
        _model = model;
        model.AddSession();
        _inputs = new SessionInputs(model.InputShapes, model.InputNames.Length);
        _values = new Ort.OrtValue?[model.InputNames.Length];
        _outputs = new PinnedMemory?[model.OutputNames.Length];
        _outputShapes = new int[_outputs.Length][];
    }

    internal bool IsUsable => !_disposed && Volatile.Read(ref _busy) == 0;

    internal OnnxRuntimeModel Model => _model;

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
            PortTypes.Check<T>(PortTypes.Port(_model.Plan.Inputs, index));
            Span<int> dimensions = _inputs.DimensionsOf(index), found = stackalloc int[dimensions.Length];
            if (_inputs.IsSet(index) && PortTypes.Length(dimensions) == values.Length) dimensions.CopyTo(found);
            else _model.InputShapes.FromLength(index, values.Length, found);
            MemoryMarshal.AsBytes(values).CopyTo(Room(index, values.Length * sizeof(T), found));
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
            PlanPort port = PortTypes.Port(_model.Plan.Inputs, index);
            PortTypes.Check<T>(port);
            PortTypes.CheckShape(port, values.Length, shape);
            MemoryMarshal.AsBytes(values).CopyTo(Room(index, values.Length * sizeof(T), shape));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Sets all inputs to zeros.</summary>
    /// <param name="dimensions">The dimensions of all inputs, one after the other.</param>
    internal void SetZeros(ReadOnlySpan<int> dimensions)
    {
        int[] starts = _model.InputShapes.Starts;
        for (int i = 0; i < _values.Length; i++)
        {
            ReadOnlySpan<int> shape = dimensions[starts[i]..starts[i + 1]];
            Room(i, checked((int)(PortTypes.Length(shape) * ElementTypes.ByteLength(_model.Plan.Inputs[i].Type))), shape).Clear();
        }
    }

    /// <summary>Sets an input from a picture, by the pre-processing that was declared when the model was compressed: scaled or cut to the size of the
    /// input, bilinear with antialiasing, then normalized.</summary>
    /// <param name="index">Index of an input with 1 or 3 channels.</param>
    /// <param name="pixels">Rows from the top without gaps; a pixel has 1 byte (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (red, green,
    /// blue, alpha), which follows from the length.</param>
    /// <param name="width">Width of the picture in pixels.</param>
    /// <param name="height">Its height.</param>
    /// <exception cref="ArgumentException">The length is not that of such a picture, the input takes none, or none of this size.</exception>
    /// <exception cref="InvalidOperationException">The model was compressed without pre-processing: neither Mean nor Std, Range, Fit, Resize, Channels or Layout.</exception>
    /// <exception cref="InvalidArtifactException">The pre-processing is of a newer version.</exception>
    public void SetPicture(int index, ReadOnlySpan<byte> pixels, int width, int height)
    {
        Enter();
        try
        {
            PlanPort port = PortTypes.Port(_model.Plan.Inputs, index);
            int channels = PortTypes.Channels(pixels.Length, width, height);
            PictureConverter converter = Converter(index, port);
            PictureFrame frame;
            try
            {
                frame = converter.Frame(width, height);
            }
            catch (ArgumentException problem)
            {
                throw new ArgumentException($"The picture does not fit the input '{port.Name}': {problem.Message}", problem);
            }
            Span<int> shape = stackalloc int[MaxPictureRank];
            shape = shape[..port.Shape.Count];
            converter.Shape(frame, shape);
            converter.Convert(pixels, width, height, channels, frame, Room(index, converter.Length(frame), shape));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Says how many elements of an output the caller has room for, so that a wrong number is found before anything is computed, where the
    /// compiler knows the shapes; else <see cref="GetOutput{T}"/> finds it.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <param name="length">Elements of the destination that <see cref="GetOutput{T}"/> will be given.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong, or the input shapes do not fit each other.</exception>
    /// <exception cref="InvalidOperationException">An input was never set.</exception>
    public void ExpectOutput<T>(int index, int length) where T : unmanaged
    {
        Enter();
        try
        {
            PlanPort port = PortTypes.Port(_model.Plan.Outputs, index);
            PortTypes.Check<T>(port);
            RequireInputs();
            if (!_model.KnowsShapes) return;
            CheckLength(port, InputShapes.Evaluate(port.Shape, _model.InputShapes.Solve(_inputs.Dimensions), "the output"), length);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Computes the outputs.</summary>
    /// <exception cref="InvalidOperationException">An input was never set, or an output has another type than the model declares.</exception>
    /// <exception cref="ArgumentException">ONNX Runtime cannot compute the network for these inputs; the cause is its own exception.</exception>
    public void Run() => Run(default);

    /// <summary>Computes the outputs, as <see cref="Run()"/> does.</summary>
    /// <param name="cancellationToken">Ends the run between two nodes; the session can be used again.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Enter();
        try
        {
            RequireInputs();
            _hasRun = false;
            using CancellationTokenRegistration ends = cancellationToken.UnsafeRegister(static options => ((Ort.RunOptions)options!).Terminate = true, _options);
            using Ort.IDisposableReadOnlyCollection<Ort.OrtValue> outputs = _model.Inference.Run(_options, _model.InputNames, _values!, _model.OutputNames);
            for (int i = 0; i < _outputs.Length; i++) Take(i, outputs[i]);
            _hasRun = true;
        }
        catch (Ort.OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Ort.OnnxRuntimeException problem)
        {
            throw new ArgumentException($"ONNX Runtime cannot compute the network for these inputs: {problem.Message.Trim()}", problem);
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested) _options.Terminate = false;
            Leave();
        }
    }

    /// <summary>Copies an output of the last run.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <param name="destination">As long as the output.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong.</exception>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public void GetOutput<T>(int index, Span<T> destination) where T : unmanaged
    {
        ReadOnlySpan<T> values = Output<T>(index);
        CheckLength(_model.Plan.Outputs[index], _outputShapes[index], destination.Length);
        values.CopyTo(destination);
    }

    /// <summary>An output of the last run where it lies; the next <see cref="Run()"/> may write over it. The span keeps its memory alive, also when the
    /// session is disposed or collected.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <exception cref="ArgumentException">The type is wrong.</exception>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public ReadOnlySpan<T> Output<T>(int index) where T : unmanaged
    {
        Enter();
        try
        {
            PortTypes.Check<T>(PortTypes.Port(_model.Plan.Outputs, index));
            RequireRun();
            int count = checked((int)PortTypes.Length(_outputShapes[index]));
            return count == 0 ? [] : _outputs[index]!.View<T>(_outputs[index]!.Data, count);
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
        PortTypes.Port(_model.Plan.Outputs, index);
        RequireRun();
        return _outputShapes[index];
    }

    /// <summary>Gives the memory back.</summary>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        Enter();
        _disposed = true;
        foreach (Ort.OrtValue? value in _values) value?.Dispose();
        _options.Dispose();
        _inputs.Clear();
        Array.Clear(_outputs);
        _model.RemoveSession();
        Leave();
    }

    private PictureConverter Converter(int index, PlanPort port)
    {
        _pictures ??= new PictureConverter?[_values.Length];
        return _pictures[index] ??= new PictureConverter(_model.ReadPreProcessing() ?? throw new InvalidOperationException(
            "The artifact says nothing of pictures: compress the model with Mean, Std, Range, Fit, Resize, Channels or Layout"), port);
    }

    /// <summary>Room for an input, which ONNX Runtime reads where it lies. Outputs of the last run end here.</summary>
    private Span<byte> Room(int index, int length, ReadOnlySpan<int> shape)
    {
        _hasRun = false;
        Span<int> dimensions = _inputs.DimensionsOf(index);
        Span<byte> room = _inputs.Room(index, length, out bool moves);
        if (!moves && _values[index] is not null && shape.SequenceEqual(dimensions)) return room;
        shape.CopyTo(dimensions);
        _values[index]?.Dispose();
        _values[index] = null;
        long[] given = new long[shape.Length];
        for (int d = 0; d < given.Length; d++) given[d] = shape[d];
        _values[index] = Ort.OrtValue.CreateTensorValueWithData(Ort.OrtMemoryInfo.DefaultInstance, (Ort.Tensors.TensorElementType)(int)_model.Plan.Inputs[index].Type,
            given, (nint)_inputs.Data[index], length);
        return room;
    }

    /// <summary>Copies an output, so that no span of a caller ends in memory of ONNX Runtime.</summary>
    private void Take(int index, Ort.OrtValue value)
    {
        PlanPort port = _model.Plan.Outputs[index];
        Ort.OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if ((ElementType)(int)info.ElementDataType != port.Type)
            throw new InvalidOperationException($"The output '{port.Name}' has elements of type {(ElementType)(int)info.ElementDataType}; the model declares {port.Type}");
        long[] shape = info.Shape;
        if (_outputShapes[index]?.Length != shape.Length) _outputShapes[index] = new int[shape.Length];
        for (int d = 0; d < shape.Length; d++) _outputShapes[index][d] = checked((int)shape[d]);
        int bytes = checked((int)(info.ElementCount * ElementTypes.ByteLength(port.Type)));
        if (bytes == 0) return;
        if (_outputs[index] is not { } room || room.Length < bytes) _outputs[index] = room = new PinnedMemory(bytes);
        value.GetTensorMutableRawData()[..bytes].CopyTo(new Span<byte>(room.Data, bytes));
    }

    private void RequireInputs()
    {
        if (_inputs.FirstMissing is >= 0 and var missing) throw new InvalidOperationException($"Input '{_model.InputNames[missing]}' was not set");
    }

    private void RequireRun()
    {
        if (!_hasRun) throw new InvalidOperationException("The session has no outputs: it has not run since its inputs were set");
    }

    private static void CheckLength(PlanPort port, int[] shape, int given)
    {
        if (PortTypes.Length(shape) != given)
            throw new ArgumentException(FormattableString.Invariant($"Output '{port.Name}' [{string.Join(",", shape)}] has {PortTypes.Length(shape)} elements; the destination has {given}"));
    }

    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
            throw new InvalidOperationException("Two threads use one session at the same time. Give each thread its own session");
        if (_disposed)
        {
            Leave();
            throw new ObjectDisposedException(nameof(OnnxRuntimeSession));
        }
    }

    private void Leave() => Volatile.Write(ref _busy, 0);
}
