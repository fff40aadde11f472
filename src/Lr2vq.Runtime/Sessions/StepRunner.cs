using System;
using System.ComponentModel;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <summary>Executes the steps of a network one by one; for generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public readonly ref struct StepRunner
{
    private readonly ModelSession? _session;
    private readonly NetworkBinder? _binder;

    internal StepRunner(ModelSession session) => _session = session;

    internal StepRunner(NetworkBinder binder) => _binder = binder;

    /// <summary>Executes a step; when a model is being loaded, makes the step's operator instead.</summary>
    /// <typeparam name="T">The operator's class.</typeparam>
    /// <param name="number">Number of the step in the Plan; steps come in order.</param>
    public void Step<T>(int number) where T : Operator, IOperator<T>
    {
        if (_session is not null)
        {
            _session.RunStep(number);
            return;
        }
        // typeof(T).Name needs no metadata that trimming removes.
        StepAttributes attributes = _binder!.Attributes(number, typeof(T).Name);
        T op;
        try
        {
            op = T.Read(attributes);
        }
        catch (Exception e) when (Network.IsDataProblem(e))
        {
            throw _binder.Wrong(number, e.Message, e);
        }
        _binder.Bind(number, op);
    }

    /// <summary>Every step, with operators found by name.</summary>
    internal void All()
    {
        if (_session is not null)
        {
            for (int number = 1; number <= _session.StepCount; number++) _session.RunStep(number);
            return;
        }
        for (int number = 1; number <= _binder!.StepCount; number++)
        {
            string name = _binder.OperatorName(number);
            StepAttributes attributes = _binder.Attributes(number, name);
            Operator? op;
            try
            {
                op = OperatorTable.Read(name, attributes);
            }
            catch (Exception e) when (Network.IsDataProblem(e))
            {
                throw _binder.Wrong(number, e.Message, e);
            }
            _binder.Bind(number, op ?? throw _binder.Unknown(number));
        }
    }
}
