using System.Management.Automation;
using System.Text.Json;
using MdeFic.Errors;
using MdeFic.Native.Generated;

namespace MdeFic.Native;

/// <summary>
/// The pump of every cmdlet: starts an operation, pulls its events until it ends, and writes each to its stream on the
/// pipeline's own thread. Ctrl+C and a pipeline that has enough abort the operation.
/// </summary>
public abstract class OperationCommand : PSCmdlet
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    // Never disposed: Ctrl+C may come from another thread after the command has ended, and nothing but memory is held.
    private readonly CancellationTokenSource _stop = new();
    private DateTime _lastProgress;
    private bool _hasProgress;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            NativeLibraryLoader.Ensure();
        }
        catch (MdeFicException error)
        {
            ThrowTerminatingError(ErrorRecords.Of(error));
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Runs an operation to its end.</summary>
    /// <param name="start">Starts it.</param>
    /// <param name="writeRecords">Takes the records that wait and writes them.</param>
    private protected void Run(Func<Operation> start, Action<Operation> writeRecords)
    {
        using var operation = Start(start);
        // What is done before anybody could read it needs no progress.
        _lastProgress = DateTime.UtcNow;
        while (true)
        {
            var next = Next(operation);
            if (next.IsRecords)
            {
                writeRecords(operation);
            }
            else if (next.IsFailed)
            {
                Write(next.AsFailed());
            }
            else if (next.IsProgress)
            {
                Write(next.AsProgress());
            }
            else if (next.IsLog)
            {
                Write(next.AsLog());
            }
            else
            {
                EndProgress();
                return;
            }
        }
    }

    /// <summary>Writes the records that wait, each read from its JSON; one that can't be read is an error of its own.</summary>
    private protected void WriteRecords(Operation operation, Func<string, string, object?> read)
    {
        using var taken = operation.TakeRecords();
        var reply = taken.Unwire();
        foreach (var json in reply.records)
        {
            object? record;
            try
            {
                record = read(reply.tenant_id, json);
            }
            catch (JsonException error)
            {
                WriteError(ErrorRecords.Of(NativeErrors.UnreadableRecord(reply.tenant_id, error)));
                continue;
            }

            WriteObject(record);
        }
    }

    private Operation Start(Func<Operation> start)
    {
        try
        {
            return start();
        }
        catch (InteropException error)
        {
            ThrowTerminatingError(ErrorRecords.Of(NativeErrors.RuntimeUnavailable(error)));
            throw;
        }
    }

    private Event Next(Operation operation)
    {
        try
        {
            using var wire = operation.Next(_stop.Token).GetAwaiter().GetResult();
            return wire.Unwire();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (OperationCanceledException error)
        {
            ThrowTerminatingError(ErrorRecords.Of(NativeErrors.Stopped(error)));
            throw;
        }
    }

    private void Write(ErrorReply reply)
    {
        var record = ErrorRecords.Of(new MdeFicException(reply));
        if (reply.is_final)
        {
            EndProgress();
            ThrowTerminatingError(record);
        }

        WriteError(record);
    }

    private void Write(LogReply line)
    {
        if (line.is_warning)
        {
            WriteWarning(line.message);
        }
        else
        {
            WriteVerbose(line.message);
        }
    }

    private void Write(ProgressReply progress)
    {
        var now = DateTime.UtcNow;
        if (now - _lastProgress < ProgressInterval)
        {
            return;
        }

        _lastProgress = now;
        _hasProgress = true;
        var failed = progress.tenants_failed == 0 ? string.Empty : $", {progress.tenants_failed} failed";
        var waiting = progress.tenants_waiting == 0 ? string.Empty : $", {progress.tenants_waiting} waiting for their turn";
        var status = $"{progress.tenants_done} of {progress.tenants} tenants{failed}{waiting}, {progress.records:N0} records";
        WriteProgress(new ProgressRecord(0, MyInvocation.MyCommand.Name, status)
        {
            PercentComplete = progress.tenants > 1 ? (int)(100L * progress.tenants_done / progress.tenants) : -1,
        });
    }

    private void EndProgress()
    {
        if (_hasProgress)
        {
            _hasProgress = false;
            WriteProgress(new ProgressRecord(0, MyInvocation.MyCommand.Name, "done")
            {
                RecordType = ProgressRecordType.Completed,
            });
        }
    }
}
